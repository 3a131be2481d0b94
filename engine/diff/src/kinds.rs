//! The kinds of changes, and the rule that says how grave each is: one table.

use schemars::JsonSchema;
use serde::Serialize;

use crate::level::{KindRule, Level};
use crate::table::kinds;

kinds! {
    VersionRemoved "version_removed" Breaking "a version is gone" {}
    VersionAdded "version_added" Behavioural "there is another version" {}
    MessageRemoved "message_removed" Breaking "events of this type, or those of a variant, are no longer mapped by it" {
        /// The calls that it made.
        calls: Vec<String>,
    }
    MessageAdded "message_added" Behavioural "events of this type, or those of a variant, are mapped by it" {
        /// The calls that it makes.
        calls: Vec<String>,
    }
    MessageWhen "message_when" Behavioural "other events are mapped by the variant" {
        /// The condition before.
        old: String,
        /// The condition now.
        new: String,
    }
    MessageTypes "message_types" Behavioural "the mapping is for other types of events" {
        /// The types before.
        old: Vec<String>,
        /// The types now.
        new: Vec<String>,
    }
    CallsChanged "calls_changed" Behavioural "events become other calls; which of them are made depends on conditions and answers" {
        /// The calls before, in order.
        old: Vec<String>,
        /// The calls now, in order.
        new: Vec<String>,
    }
    FieldRemoved "field_removed" Breaking "a field is sent no more" {
        /// The field.
        field: String,
        /// What it was made of.
        sources: Vec<String>,
    }
    FieldAdded "field_added" Behavioural "a field is sent in addition" {
        /// The field.
        field: String,
        /// What it is made of.
        sources: Vec<String>,
        /// How that is converted.
        conversions: String,
    }
    FieldRenamed "field_renamed" Breaking "a field of the same sources has another name" {
        /// The name before.
        old: String,
        /// The name now.
        new: String,
    }
    FieldMoved "field_moved" Breaking "a field of the same sources is in another object, or in another call" {
        /// The field before.
        old: String,
        /// The field now.
        new: String,
    }
    AttributeToField "attribute_to_field" Breaking "what was a custom attribute is a field" {
        /// The attributes, by their names in events.
        attributes: Vec<String>,
        /// The field.
        field: String,
        /// How values are converted, which an attribute was not.
        conversions: String,
    }
    FieldToAttribute "field_to_attribute" Breaking "what was read by a field is a custom attribute" {
        /// The field.
        field: String,
        /// The attributes, by their names in events.
        attributes: Vec<String>,
    }
    FieldRetyped "field_retyped" Breaking "a field has another type" {
        /// The field.
        field: String,
        /// The type before.
        old: String,
        /// The type now.
        new: String,
    }
    SourcesRemoved "sources_removed" Breaking "a field is no longer read from a place of the event" {
        /// The field.
        field: String,
        /// The sources.
        sources: Vec<String>,
    }
    SourcesAdded "sources_added" Behavioural "a field is read from more places of the event" {
        /// The field.
        field: String,
        /// The sources.
        sources: Vec<String>,
    }
    PriorityChanged "priority_changed" Behavioural "of several sources with a value, another one counts" {
        /// The field.
        field: String,
        /// The sources before.
        old: Vec<String>,
        /// The sources now.
        new: Vec<String>,
    }
    ConversionChanged "conversion_changed" Behavioural "the values of a field are converted in another way" {
        /// The field.
        field: String,
        /// The conversions before.
        old: String,
        /// The conversions now.
        new: String,
    }
    LimitLowered "limit_lowered" Breaking "values that were sent whole are shortened or dropped" {
        /// The field.
        field: String,
        /// Which limit.
        limit: String,
        /// The limit before; none, if there was none.
        old: Option<String>,
        /// The limit now.
        new: String,
    }
    LimitRaised "limit_raised" Behavioural "values that were shortened or dropped are sent" {
        /// The field.
        field: String,
        /// Which limit.
        limit: String,
        /// The limit before.
        old: String,
        /// The limit now; none, if there is none.
        new: Option<String>,
    }
    LimitChanged "limit_changed" Behavioural "a limit that is no number is another one" {
        /// The field.
        field: String,
        /// Which limit.
        limit: String,
        /// The limit before.
        old: String,
        /// The limit now.
        new: String,
    }
    AbsenceStricter "absence_stricter" Breaking "an event without a value, or with an invalid one, is rejected" {
        /// The field.
        field: String,
        /// What became of it.
        old: String,
        /// What becomes of it.
        new: String,
    }
    AbsenceChanged "absence_changed" Behavioural "a field without a value, or with an invalid one, is treated in another way" {
        /// The field.
        field: String,
        /// What became of it.
        old: String,
        /// What becomes of it.
        new: String,
    }
    FieldCondition "field_condition" Behavioural "a field has a value under other conditions" {
        /// The field.
        field: String,
        /// The conditions before.
        old: String,
        /// The conditions now.
        new: String,
    }
    AttributesFrom "attributes_from" Behavioural "custom attributes are taken from other objects, or combined in another way" {
        /// The field.
        field: String,
        /// The objects before.
        old: String,
        /// The objects now.
        new: String,
    }
    AttributeNaming "attribute_naming" Breaking "custom attributes of nested traits have other names" {
        /// The field.
        field: String,
        /// What joined the names; none, if nested traits were not flattened.
        old: Option<String>,
        /// What joins the names.
        new: Option<String>,
    }
    AttributeNames "attribute_names" Breaking "custom attributes with other characters in their names are dropped" {
        /// The field.
        field: String,
        /// The characters that were not allowed.
        old: String,
        /// The characters that are not allowed.
        new: String,
    }
    AttributesReserved "attributes_reserved" Breaking "traits are custom attributes no more, and no field either" {
        /// The field with the attributes.
        field: String,
        /// The traits.
        names: Vec<String>,
    }
    AttributesFreed "attributes_freed" Behavioural "traits that were left out are custom attributes" {
        /// The field with the attributes.
        field: String,
        /// The traits.
        names: Vec<String>,
    }
    DeclarationRequired "declaration_required" Breaking "custom attributes must be defined at the API before they are sent" {
        /// The operation.
        operation: String,
        /// What they are attributes of.
        of: String,
        /// Where they are in the body.
        object: String,
    }
    DeclarationDropped "declaration_dropped" Behavioural "custom attributes need not be defined any more" {
        /// The operation.
        operation: String,
        /// What they are attributes of.
        of: String,
        /// Where they were in the body.
        object: String,
    }
    BodyRemoved "body_removed" Behavioural "a body is sent no more; fields that other bodies have are listed as moved" {
        /// The payload part.
        part: String,
        /// The operations that sent it.
        operations: Vec<String>,
        /// Its fields.
        fields: Vec<String>,
    }
    BodyAdded "body_added" Behavioural "a body is sent that was not sent before" {
        /// The payload part.
        part: String,
        /// The operations that send it.
        operations: Vec<String>,
        /// Its fields.
        fields: Vec<String>,
    }
    RequirementAdded "requirement_added" Breaking "events that lack something are rejected" {
        /// What is required.
        requirement: String,
        /// The message.
        message: String,
    }
    RequirementRemoved "requirement_removed" Behavioural "events that lack something are rejected no more" {
        /// What was required.
        requirement: String,
        /// The message.
        message: String,
    }
    RequirementCode "requirement_code" Breaking "a rejection has another code, or names somebody else who must act" {
        /// What is required.
        requirement: String,
        /// The code and who must act, before.
        old: String,
        /// The code and who must act, now.
        new: String,
    }
    RequirementReworded "requirement_reworded" Cosmetic "a rejection has another message" {
        /// The message before.
        old: String,
        /// The message now.
        new: String,
    }
    SkipAdded "skip_added" Breaking "events are skipped that were mapped" {
        /// The condition.
        when: String,
        /// The message.
        reason: String,
    }
    SkipRemoved "skip_removed" Behavioural "events are mapped that were skipped" {
        /// The condition.
        when: String,
        /// The message.
        reason: String,
    }
    WarningAdded "warning_added" Behavioural "there is another warning" {
        /// Its code.
        code: String,
        /// The message.
        message: String,
    }
    WarningRemoved "warning_removed" Behavioural "a warning is given no more" {
        /// Its code.
        code: String,
        /// The message.
        message: String,
    }
    WarningWhen "warning_when" Behavioural "a warning is given under another condition" {
        /// Its code.
        code: String,
        /// The condition before.
        old: String,
        /// The condition now.
        new: String,
    }
    WarningReworded "warning_reworded" Cosmetic "a warning has another message" {
        /// Its code.
        code: String,
        /// The message before.
        old: String,
        /// The message now.
        new: String,
    }
    OrderChanged "order_changed" Behavioural "other events are delivered one after the other" {
        /// The order key.
        key: String,
        /// What it was made of.
        old: String,
        /// What it is made of.
        new: String,
    }
    OptionRead "option_read" Behavioural "an option of events, which meant nothing, decides something" {
        /// The option.
        option: String,
    }
    OptionIgnored "option_ignored" Breaking "an option of events means nothing any more" {
        /// The option.
        option: String,
    }
    NamedValueChanged "named_value_changed" Behavioural "a value that conditions read is made of something else" {
        /// The value.
        name: String,
        /// What it was made of.
        old: String,
        /// What it is made of.
        new: String,
    }
    StepAdded "step_added" Behavioural "there is another step" {
        /// The step.
        step: String,
        /// Its call.
        call: String,
        /// Its conditions.
        conditions: String,
    }
    StepRemoved "step_removed" Behavioural "there is a step less" {
        /// The step.
        step: String,
        /// Its call.
        call: String,
        /// Its conditions.
        conditions: String,
    }
    StepRenamed "step_renamed" Cosmetic "a step with the same call has another name" {
        /// The name before.
        old: String,
        /// The name now.
        new: String,
    }
    StepMoved "step_moved" Behavioural "steps are in another order" {
        /// The steps before.
        old: Vec<String>,
        /// The steps now.
        new: Vec<String>,
    }
    StepChanged "step_changed" Behavioural "a step is made under other conditions, for other items, or with other values" {
        /// The step.
        step: String,
        /// What of it.
        what: String,
        /// What it said.
        old: String,
        /// What it says.
        new: String,
    }
    EndpointRemoved "endpoint_removed" Behavioural "an endpoint of the API is used no more" {
        /// The operation.
        operation: String,
        /// Method and path.
        endpoint: String,
    }
    EndpointAdded "endpoint_added" Behavioural "another endpoint of the API is used" {
        /// The operation.
        operation: String,
        /// Method and path.
        endpoint: String,
    }
    EndpointChanged "endpoint_changed" Breaking "an operation has another method or path" {
        /// The operation.
        operation: String,
        /// Method and path before.
        old: String,
        /// Method and path now.
        new: String,
    }
    OperationRenamed "operation_renamed" Cosmetic "the operation of an endpoint has another name" {
        /// The name before.
        old: String,
        /// The name now.
        new: String,
    }
    OperationChanged "operation_changed" Behavioural "the requests of an operation are encoded, grouped, limited or repeated in another way" {
        /// The operation.
        operation: String,
        /// What of it.
        what: String,
        /// What it said.
        old: String,
        /// What it says.
        new: String,
    }
    SchemaStricter "schema_stricter" Breaking "the API refuses bodies that it took: a field is gone, required, or may have fewer values" {
        /// The operations with such a body.
        operations: Vec<String>,
        /// The field; nothing for the body itself.
        field: String,
        /// What of it: a keyword of the schema, or `field`.
        what: String,
        /// What the schema said.
        old: Option<String>,
        /// What it says.
        new: Option<String>,
    }
    SchemaLooser "schema_looser" Cosmetic "the API takes more bodies than before: a field is new, not required, or may have more values" {
        /// The operations with such a body.
        operations: Vec<String>,
        /// The field; nothing for the body itself.
        field: String,
        /// What of it: a keyword of the schema, or `field`.
        what: String,
        /// What the schema said.
        old: Option<String>,
        /// What it says.
        new: Option<String>,
    }
    SchemaOtherwise "schema_otherwise" Behavioural "the API takes other values of a field of a body, such as those of another pattern" {
        /// The operations with such a body.
        operations: Vec<String>,
        /// The field; nothing for the body itself.
        field: String,
        /// What of it: a keyword of the schema.
        what: String,
        /// What the schema said.
        old: Option<String>,
        /// What it says.
        new: Option<String>,
    }
    AuthChanged "auth_changed" Breaking "requests are authorized in another way" {
        /// The operation; none for all.
        operation: Option<String>,
        /// How before.
        old: String,
        /// How now.
        new: String,
    }
    HeaderChanged "header_changed" Behavioural "requests have another header, or another value of one" {
        /// The operation; none for all.
        operation: Option<String>,
        /// The header.
        header: String,
        /// Its value before.
        old: Option<String>,
        /// Its value now.
        new: Option<String>,
    }
    ParameterChanged "parameter_changed" Behavioural "requests have another query parameter, or another value of one" {
        /// The operation; none for all.
        operation: Option<String>,
        /// The parameter.
        parameter: String,
        /// Its value before.
        old: Option<String>,
        /// Its value now.
        new: Option<String>,
    }
    ServerChanged "server_changed" Behavioural "requests go to another server, or one that settings choose" {
        /// The servers before.
        old: String,
        /// The servers now.
        new: String,
    }
    HostAdded "host_added" Behavioural "requests may go to another host" {
        /// The host.
        host: String,
    }
    HostRemoved "host_removed" Breaking "requests may no longer go to a host" {
        /// The host.
        host: String,
    }
    AnswerAdded "answer_added" Behavioural "answers have a meaning of their own" {
        /// What has the rule.
        of: String,
        /// The answers, and what they mean.
        answer: String,
    }
    AnswerRemoved "answer_removed" Behavioural "answers have no meaning of their own any more" {
        /// What had the rule.
        of: String,
        /// The answers, and what they meant.
        answer: String,
    }
    AnswerChanged "answer_changed" Behavioural "the same answers mean something else" {
        /// What has the rule.
        of: String,
        /// The answers.
        answers: String,
        /// What they meant.
        old: String,
        /// What they mean.
        new: String,
    }
    CodeChanged "code_changed" Breaking "a failure has another code, by which others know it" {
        /// What has the rule.
        of: String,
        /// The answers.
        answers: String,
        /// The code before.
        old: String,
        /// The code now.
        new: String,
    }
    AdviceChanged "advice_changed" Cosmetic "a failure has other advice" {
        /// What has the rule.
        of: String,
        /// The answers.
        answers: String,
        /// The advice before.
        old: String,
        /// The advice now.
        new: String,
    }
    RateChanged "rate_changed" Behavioural "requests are limited in another way" {
        /// The rate.
        rate: String,
        /// The limit before.
        old: Option<String>,
        /// The limit now.
        new: Option<String>,
    }
    SettingRemoved "setting_removed" Breaking "a setting is unknown" {
        /// The setting.
        setting: String,
    }
    SettingAdded "setting_added" Behavioural "there is another setting, which need not be stated" {
        /// The setting.
        setting: String,
    }
    SettingRequired "setting_required" Breaking "a setting must be stated" {
        /// The setting.
        setting: String,
        /// The condition under which it must be.
        when: Option<String>,
    }
    SettingOptional "setting_optional" Behavioural "a setting need not be stated any more" {
        /// The setting.
        setting: String,
    }
    SettingRead "setting_read" Behavioural "a setting, which meant nothing, decides something" {
        /// The setting.
        setting: String,
    }
    SettingIgnored "setting_ignored" Behavioural "a setting means nothing any more" {
        /// The setting.
        setting: String,
    }
    SettingValues "setting_values" Breaking "a setting takes other values" {
        /// The setting.
        setting: String,
        /// The values before.
        old: String,
        /// The values now.
        new: String,
    }
    SettingDefault "setting_default" Behavioural "a setting that is not stated has another value" {
        /// The setting.
        setting: String,
        /// The value before.
        old: String,
        /// The value now.
        new: String,
    }
    TableChanged "table_changed" Behavioural "values are looked up in another table" {
        /// The table.
        table: String,
        /// The entries before, as JSON.
        old: String,
        /// The entries now, as JSON.
        new: String,
    }
    UnsupportedChanged "unsupported_changed" Behavioural "events whose type has no mapping are treated in another way" {
        /// What became of them.
        old: String,
        /// What becomes of them.
        new: String,
    }
    SourceChanged "source_changed" Behavioural "a source of events sends other types" {
        /// The source.
        source: String,
        /// The types in cloud mode, before.
        old: Vec<String>,
        /// The types in cloud mode, now.
        new: Vec<String>,
    }
    Described "described" Cosmetic "a description for readers is another one" {
        /// Of what.
        of: String,
        /// The description before.
        old: String,
        /// The description now.
        new: String,
    }
}
