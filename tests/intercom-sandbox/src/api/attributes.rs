//! Data attributes: the custom attributes that the workspace defines.

use serde_json::{Value, json};

use crate::call::{Answer, Call, Reply};
use crate::error::Refusal;
use crate::fields::{Fields, Patch};
use crate::state::attributes::{Attribute, DataType, Model};
use crate::version::Version;

/// `GET /data_attributes?model=`: custom attributes, without archived ones unless asked for.
pub(crate) fn list(call: &mut Call<'_>) -> Answer {
    let model = match call.query.get("model").map(String::as_str) {
        None => None,
        Some("conversation") if call.version >= Version::V2_16 => {
            return Err(Refusal::Unprocessable("model conversation is not supported"));
        }
        Some(name) => Some(model(name, call.version).ok_or_else(|| bad_model(call.version))?),
    };
    let archived = call.query.get("include_archived").is_some_and(|value| value == "true");
    let chosen = call.workspace.attributes.iter().filter(|(_, attribute)| {
        model.is_none_or(|model| attribute.model == model) && (archived || !attribute.archived)
    });
    let data: Vec<Value> = chosen.map(|(id, attribute)| render(id, attribute, call.version)).collect();
    Ok(Reply::ok(if call.version.is_1x() {
        json!({ "type": "data_attribute.list", "data_attributes": data })
    } else {
        json!({ "type": "list", "data": data })
    }))
}

/// `POST /data_attributes`.
pub(crate) fn create(call: &mut Call<'_>) -> Answer {
    let fields = call.fields();
    let name = fields.identifier("name")?.ok_or(Refusal::Missing("name"))?;
    let of = fields.identifier("model")?.ok_or(Refusal::Missing("model"))?;
    let model = model(&of, call.version).ok_or_else(|| bad_model(call.version))?;
    let data_type = fields.identifier("data_type")?.ok_or(Refusal::Missing("data_type"))?;
    let data_type = match data_type.parse() {
        Ok(DataType::Options) if call.version < Version::V2_14 => Err(()),
        Ok(data_type) => Ok(data_type),
        Err(_) => Err(()),
    };
    let data_type = data_type.map_err(|()| Refusal::invalid("data_type", "data_type is not valid"))?;
    let options = options(fields, call.version, data_type)?;
    let attribute = Attribute { options, ..Attribute::new(model, name, data_type) };
    let id = call.workspace.attributes.define(attribute.clone())?;
    Ok(Reply::ok(render(id, &attribute, call.version)))
}

/// `PUT /data_attributes/{id}`: archives or unarchives.
pub(crate) fn update(call: &mut Call<'_>) -> Answer {
    let archived = call.fields().boolean("archived")?;
    let version = call.version;
    let id = call.param(0).parse().map_err(|_| Refusal::ResourceNotFound)?;
    let attribute = call.workspace.attributes.by_id_mut(id).ok_or(Refusal::ResourceNotFound)?;
    if let Patch::Set(archived) = archived {
        attribute.archived = archived;
    }
    Ok(Reply::ok(render(id, attribute, version)))
}

fn model(name: &str, version: Version) -> Option<Model> {
    match name {
        "customer" if version.is_1x() => Some(Model::Contact),
        "contact" if !version.is_1x() => Some(Model::Contact),
        "company" => Some(Model::Company),
        _ => None,
    }
}

fn bad_model(version: Version) -> Refusal {
    let people = if version.is_1x() { "customer" } else { "contact" };
    Refusal::invalid("model", format!("model must be {people} or company"))
}

/// Since 2.14, options are objects with a value, of the type `options`, and there are at least two.
fn options(fields: Fields<'_>, version: Version, data_type: DataType) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::invalid("options", "options are not valid");
    let Some(items) = fields.list("options")? else {
        return if data_type == DataType::Options {
            Err(Refusal::Missing("options"))
        } else {
            Ok(Vec::new())
        };
    };
    let value = |item: &Value| {
        let object = item.get("value").and_then(Value::as_str);
        object.or(item.as_str().filter(|_| version < Version::V2_14)).map(str::to_owned)
    };
    let options: Option<Vec<String>> = items.iter().map(value).collect();
    let options = options.ok_or_else(wrong)?;
    if version >= Version::V2_14 && (data_type != DataType::Options || options.len() < 2) {
        return Err(wrong());
    }
    Ok(options)
}

fn render(id: u64, attribute: &Attribute, version: Version) -> Value {
    let model = if version.is_1x() && attribute.model == Model::Contact {
        "customer"
    } else {
        attribute.model.name()
    };
    let mut body = json!({
        "type": "data_attribute",
        "id": id,
        "name": attribute.name,
        "full_name": format!("custom_attributes.{}", attribute.name),
        "label": attribute.name,
        "description": "",
        "data_type": attribute.data_type.name(),
        "model": model,
        "custom": true,
        "archived": attribute.archived,
        "api_writable": true,
        "ui_writable": true,
        "messenger_writable": version < Version::V2_11,
    });
    if !attribute.options.is_empty()
        && let Some(body) = body.as_object_mut()
    {
        body.insert("options".into(), attribute.options.clone().into());
    }
    body
}
