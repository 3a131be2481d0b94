//! Which items stand in one request.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::batch::body::list_of_text;
use crate::batch::merge::Merged;
use crate::batch::ready::{Batch, Entry};
use crate::batch::way::Way;
use crate::bound::BoundPlan;
use crate::item::{BatchItem, BatchKey};
use crate::plan::BatchPlan;

/// Puts items of runs together into batches. It knows no time: the caller takes batches that have waited long enough.
///
/// The same items in the same order make the same batches. `T` is what the caller knows an item by, such as the event that waits for its response.
///
/// ```
/// # let files: mapwright::Sources = [
/// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, settings: { token: { type: string } }, hosts: [api.acme.example.com] }"),
/// #     ("mappings/acme/1/version.yaml", "
/// # version: '1'
/// # server: { value: https://api.acme.example.com }
/// # headers: { Authorization: { template: 'Bearer {{ settings.token }}' } }
/// # operations: { import: { method: POST, path: /import, batch: { most: 100, by: item.shop, body: { sold: items } } } }"),
/// #     ("mappings/acme/1/track.yaml", "
/// # message: track
/// # steps: { import: { for_each: properties.products, operation: import, body: { shop: properties.shop, sku: item } } }"),
/// # ].into_iter().collect();
/// # let plans = mapwright::Spec::load(&files).check()?.compile();
/// # let mapper = plans.plan("acme", None, &serde_json::json!({}))?.bind(&serde_json::json!({ "token": "old" }))?;
/// use mapwright::{BatchItem, Batcher, ItemAnswer, OwnedOutcome, Scratch};
///
/// assert!(mapper.has_batches());
/// let event = r#"{"type": "track", "properties": {"shop": "north", "products": ["a", "b"]}}"#;
/// let OwnedOutcome::Mapped(mut run) = mapper.start(event, 0, Scratch::new()) else { panic!() };
/// // every item goes into a batch, so that the run makes no bodies for requests of their own
/// run.with(|run| run.collects());
/// assert!(run.with(|run| run.has_request())?);
/// let item: BatchItem = *run.with(|run| run.take_item()).expect("an item");
/// assert_eq!((&**item.step(), item.operation(), item.is_alone()), ("import", "import", false));
/// assert!(item.by().eq([Some(r#""north""#)]));
/// assert_eq!((item.json(), item.id()), (&br#"{"shop":"north","sku":"a"}"#[..], None));
///
/// // the items of later rounds of the step may join the same batch
/// let mut batcher: Batcher<&str> = mapper.batcher();
/// let id = batcher.add(item, "first").batch;
/// for item in run.items_ahead().items {
///     assert_eq!(batcher.joins(&item), Some(id));
///     batcher.add(item, "ahead");
/// }
/// assert!(batcher.get(id).is_some());
/// let mut batch = batcher.take(id).expect("a batch");
/// assert!(batch.tags().eq(&["first", "ahead"]));
///
/// // a token that expires while the batch waits
/// let renewed = mapper.with_setting("token", "new".into())?;
/// assert!(renewed.renew_batch(&mut batch));
/// let ready = batch.prepare(0).ready.remove(0);
/// let request = ready.request();
/// assert!(request.json().is_some());
/// assert!(request.headers().any(|(_, value)| value == "Bearer new"));
/// // a caller without a connection keeps the batch, with its request, for later
/// let batch = ready.into_batch();
/// assert_eq!(batch.into_tags(), ["first", "ahead"]);
///
/// // one that knows by other means what has become of an item says so
/// run.settle(ItemAnswer::accepted())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Batcher<T> {
    mapper: Arc<BoundPlan>,
    /// The batches that are not complete, in the order in which they began.
    open: BTreeMap<u64, Open<T>>,
    /// The one that takes the items with a key.
    by_key: HashMap<BatchKey, u64>,
    /// The one that has taken the last item, which is mostly that of the next one too.
    last: u64,
    next: u64,
}

/// A batch that takes more items.
struct Open<T> {
    key: BatchKey,
    /// The operation of its items, by position.
    operation: usize,
    entries: Vec<Entry<T>>,
    /// Whether items with the same id become one.
    merges: bool,
    /// The places of items by id, if those with the same id become one.
    places: HashMap<String, usize>,
    /// How many items each list of the body has, if these have a limit of their own.
    lists: Option<HashMap<Option<String>, usize>>,
    /// Items, merged with later ones of the same id, by position.
    merged: BTreeMap<usize, Merged>,
    size: Size,
}

/// The place of an item: see [`Batcher::add`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Joined<T> {
    /// The batch that it stands in.
    pub batch: u64,
    /// Its place among the items of the batch.
    pub(crate) place: usize,
    /// The batches that are complete by it, in the order in which they began; perhaps that of the item too.
    pub complete: Vec<Batch<T>>,
}

/// A batch that takes more items: see [`Batcher::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenBatch<'b> {
    /// Its number.
    pub id: u64,
    /// The operation of its items.
    pub operation: &'b str,
    /// The number of items so far.
    pub items: usize,
    /// About how many bytes its body has so far.
    pub bytes: usize,
    /// How long it waits for more items, as the mapping says.
    pub wait: Duration,
    /// The rate group that its request counts in: that of [`Request::rate`](crate::request::Request::rate).
    pub rate: Option<&'b str>,
}

impl<T> Batcher<T> {
    pub(crate) fn new(mapper: Arc<BoundPlan>) -> Self {
        Self { mapper, open: BTreeMap::new(), by_key: HashMap::new(), last: 0, next: 0 }
    }

    /// Adds an item: what [`Request::batch`](crate::request::Request::batch) gives.
    ///
    /// A batch is complete when it has as many items or bytes as it may have. An item that stands alone completes the batch that it could have
    /// shared, so that the items before it are sent first.
    pub fn add(&mut self, item: BatchItem, tag: T) -> Joined<T> {
        let mapper = self.mapper.clone();
        let (known, mut complete) = (self.with_key_of(&item), Vec::new());
        let way = Way::of(&mapper, &item, 2).filter(|_| !item.is_alone());
        let most = way.as_ref().map_or(1, |way| way.batch.most);
        let room = way.as_ref().and_then(|way| {
            let open = self.open.get_mut(&known?)?;
            let room = open.room(&item, &mapper, way)?;
            Some((known?, open, room))
        });
        let (id, place) = match room {
            Some((id, open, room)) => (id, open.take_in(room, item, tag)),
            None => {
                complete.extend(known.and_then(|id| self.take(id)));
                let size = way.as_ref().map_or(Size::default(), |way| Size::of_first(&mapper, way, &item));
                let has = |of: fn(&BatchPlan) -> bool| way.as_ref().is_some_and(|way| of(way.batch));
                let kinds = (has(|batch| batch.merge), has(|batch| batch.lists.is_some()));
                (self.begin(size, kinds, item, tag), 0)
            }
        };
        self.last = id;
        let is_full = self.open.get(&id).is_some_and(|open| open.entries.len() >= most);
        complete.extend(Some(id).filter(|_| is_full).and_then(|id| self.take(id)));
        Joined { batch: id, place, complete }
    }

    /// Returns the batches that take more items, in the order in which they began.
    pub fn open(&self) -> impl Iterator<Item = OpenBatch<'_>> {
        self.open.keys().filter_map(|id| self.get(*id))
    }

    /// Returns a batch that takes more items.
    pub fn get(&self, id: u64) -> Option<OpenBatch<'_>> {
        let open = self.open.get(&id)?;
        let operation = self.mapper.operation(open.operation)?;
        let (first, items) = (open.entries.first()?, open.entries.len());
        let sent = self.mapper.operation(Way::of(&self.mapper, &first.item, items)?.operation)?;
        Some(OpenBatch {
            id,
            operation: &operation.name,
            items,
            bytes: open.size.bytes,
            wait: operation.batch.as_ref()?.wait,
            rate: sent.rate.as_deref(),
        })
    }

    /// Returns the open batch that an item would join, or `None` if it would begin one.
    pub fn joins(&self, item: &BatchItem) -> Option<u64> {
        self.place_of(item).map(|(id, _)| id)
    }

    /// The open batch that an item would join, and its place among the items there.
    pub(crate) fn place_of(&self, item: &BatchItem) -> Option<(u64, usize)> {
        let way = Way::of(&self.mapper, item, 2).filter(|_| !item.is_alone())?;
        let id = self.with_key_of(item)?;
        let open = self.open.get(&id)?;
        let place = match open.room(item, &self.mapper, &way)? {
            Room::Added(_) => open.entries.len(),
            Room::Merged { place, .. } => place,
        };
        Some((id, place))
    }

    /// The open batch of the items with the same key.
    fn with_key_of(&self, item: &BatchItem) -> Option<u64> {
        let last = self.open.get(&self.last).filter(|last| last.key.is_of(item));
        last.map(|_| self.last).or_else(|| self.by_key.get(&item.key()).copied())
    }

    /// Takes a batch that is not complete, such as one that has waited long enough.
    pub fn take(&mut self, id: u64) -> Option<Batch<T>> {
        let open = self.open.remove(&id)?;
        self.by_key.remove(&open.key);
        Some(self.batch(id, open.into_entries()))
    }

    /// Takes all batches, in the order in which they began.
    pub fn take_all(&mut self) -> Vec<Batch<T>> {
        self.by_key.clear();
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|(id, open)| self.batch(id, open.into_entries())).collect()
    }

    /// Returns whether no batch takes more items.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn batch(&self, id: u64, entries: Vec<Entry<T>>) -> Batch<T> {
        let (mapper, retried) = (self.mapper.clone(), Vec::new());
        Batch { mapper, id, entries, attempts: 0, retried, request: None }
    }

    /// Begins a batch with an item: whether it merges items, and whether its lists have a limit of their own.
    fn begin(&mut self, size: Size, (merges, has_lists): (bool, bool), item: BatchItem, tag: T) -> u64 {
        let lists = has_lists.then(|| HashMap::from([(item.list.clone(), 1)]));
        let id = self.next;
        self.next += 1;
        let (key, operation) = (item.key(), item.operation);
        let places = item.id.iter().filter(|_| merges).map(|id| (id.clone(), 0)).collect();
        let entries = vec![Entry::of(item, tag)];
        self.by_key.insert(key.clone(), id);
        let merged = BTreeMap::new();
        self.open.insert(id, Open { key, operation, entries, merges, places, lists, merged, size });
        id
    }
}

/// How an item can join a batch.
enum Room {
    /// As one more.
    Added(Size),
    /// With the one at this place, which then stands in this list of the body.
    Merged { place: usize, list: Option<String>, size: Size },
}

impl<T> Open<T> {
    /// How an item can join. None: it, or one of its lists, would be too large with it.
    fn room(&self, item: &BatchItem, mapper: &BoundPlan, way: &Way<'_>) -> Option<Room> {
        let (batch, (most_bytes, _)) = (way.batch, way.most_bytes(mapper));
        let same = item.id().filter(|_| self.merges).and_then(|id| self.places.get(id));
        let same = same.and_then(|place| Some((*place, &self.entries.get(*place)?.item)));
        // the request of one item alone is that of its operation, which may name the item in its path
        let Some((place, first)) = same.filter(|(_, first)| first.one == item.one) else {
            let size = self.size.with(item.json.len() + 1);
            let fits = size.bytes <= most_bytes && self.has_room(batch, &item.list);
            return fits.then_some(Room::Added(size));
        };
        let (bytes, now) = match self.merged.get(&place) {
            Some(merged) => (merged.bytes(), merged.bytes_with(&item.json)),
            None => (first.json.len(), Merged::of(&first.json).bytes_with(&item.json)),
        };
        let size = self.size.with(now.saturating_sub(bytes));
        let fits = size.bytes <= most_bytes && batch.item_bytes.is_none_or(|most| now <= most);
        if !fits {
            return None;
        }
        let list = match &batch.lists {
            None => None,
            Some(lists) => {
                let mut merged = self.merged.get(&place).cloned().unwrap_or_else(|| Merged::of(&first.json));
                merged.add(&item.json);
                let mut text = Vec::new();
                merged.write(&mut text);
                // one that stands in no list with the other is an item of its own
                list_of_text(mapper, lists, std::str::from_utf8(&text).ok()?, item.now).ok()?
            }
        };
        (list == first.list || self.has_room(batch, &list)).then_some(Room::Merged { place, list, size })
    }

    /// Whether a list of the body takes one more item.
    fn has_room(&self, batch: &BatchPlan, list: &Option<String>) -> bool {
        let count = self.lists.as_ref().and_then(|lists| lists.get(list)).copied().unwrap_or(0);
        batch.lists.as_ref().is_none_or(|lists| count < lists.most)
    }

    /// Returns the place of the item.
    fn take_in(&mut self, room: Room, item: BatchItem, tag: T) -> usize {
        match room {
            Room::Added(size) => {
                self.size = size;
                if let Some(lists) = &mut self.lists {
                    *lists.entry(item.list.clone()).or_default() += 1;
                }
                if let Some(id) = item.id.as_ref().filter(|_| self.merges) {
                    self.places.entry(id.clone()).or_insert(self.entries.len());
                }
                self.entries.push(Entry::of(item, tag));
                self.entries.len() - 1
            }
            Room::Merged { place, list, size } => {
                self.size = size;
                if let Some(entry) = self.entries.get_mut(place) {
                    if let Some(lists) = self.lists.as_mut().filter(|_| entry.item.list != list) {
                        lists.entry(entry.item.list.take()).and_modify(|count| *count -= 1);
                        *lists.entry(list.clone()).or_default() += 1;
                        entry.item.list = list;
                    }
                    let merged = self.merged.entry(place).or_insert_with(|| Merged::of(&entry.item.json));
                    merged.add(&item.json);
                    entry.merged.push(tag);
                }
                place
            }
        }
    }

    /// Its items, with the text of those that are merged.
    fn into_entries(mut self) -> Vec<Entry<T>> {
        for (place, merged) in self.merged {
            if let Some(entry) = self.entries.get_mut(place) {
                entry.item.json.clear();
                merged.write(&mut entry.item.json);
            }
        }
        self.entries
    }
}

/// About how many bytes a body has.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    bytes: usize,
    /// The bytes of the body around the first item, and those of that item.
    first: (usize, usize),
    /// Whether a body grows by as many bytes as an item has, and not as much as the first item did.
    plain: bool,
}

impl Size {
    fn of_first(mapper: &BoundPlan, way: &Way<'_>, item: &BatchItem) -> Self {
        // what cannot be made is found out when the request is
        let body = way.body(mapper, &[item.json()], 0).map_or(0, |made| made.body.bytes().len());
        Self { bytes: body, first: (body, item.json.len().max(1)), plain: way.is_plain() }
    }

    /// With so many bytes of items more.
    fn with(self, more: usize) -> Self {
        let (body, item) = self.first;
        let more = if self.plain { more } else { more.saturating_mul(body).div_ceil(item) };
        Self { bytes: self.bytes.saturating_add(more), ..self }
    }
}

/// Prints no values.
impl<T> fmt::Debug for Batcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("open", &self.open().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
