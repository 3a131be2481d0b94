//! Response bodies: complete, truncated, or slow.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// The number of pieces of a slow body.
const PIECES: usize = 8;

/// Why a response was not sent completely.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct Cut;

/// The body of a response.
#[derive(Debug)]
pub(crate) enum ReplyBody {
    Whole(Bytes),
    /// The part that is sent before the connection is closed.
    Half(Bytes),
    Slow {
        rest: Bytes,
        piece: usize,
        pause: Duration,
        sleep: Pin<Box<Sleep>>,
    },
}

impl ReplyBody {
    pub(crate) fn half(body: &Bytes) -> ReplyBody {
        ReplyBody::Half(body.slice(..body.len() / 2))
    }

    pub(crate) fn slow(body: Bytes, pause: Duration) -> ReplyBody {
        let piece = body.len().div_ceil(PIECES).max(1);
        ReplyBody::Slow { rest: body, piece, pause, sleep: Box::pin(tokio::time::sleep(pause)) }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut *self {
            ReplyBody::Whole(rest) if rest.is_empty() => Poll::Ready(None),
            ReplyBody::Whole(rest) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(rest))))),
            ReplyBody::Half(rest) if rest.is_empty() => Poll::Ready(Some(Err(Cut))),
            ReplyBody::Half(rest) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(rest))))),
            ReplyBody::Slow { rest, .. } if rest.is_empty() => Poll::Ready(None),
            ReplyBody::Slow { rest, piece, pause, sleep } => {
                std::task::ready!(sleep.as_mut().poll(context));
                sleep.as_mut().reset(Instant::now() + *pause);
                let data = rest.split_to((*piece).min(rest.len()));
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, ReplyBody::Whole(rest) | ReplyBody::Slow { rest, .. } if rest.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Whole(rest) | ReplyBody::Slow { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            ReplyBody::Half(_) => SizeHint::default(),
        }
    }
}
