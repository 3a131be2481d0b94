//! One table of the kinds of changes, each with its rule.

use schemars::JsonSchema;
use serde::Serialize;

use crate::level::{KindRule, Level};
use crate::table::kinds;

kinds! {
    VersionRemoved "version_removed" Breaking "a version is gone" {}
    VersionAdded "version_added" Behavioural "there is another version" {}
    MessageRemoved "message_removed" Breaking "events of this type, or those of a variant, are no longer mapped by it" {
        calls: Vec<String> = "The calls that it made.",
    }
    MessageAdded "message_added" Behavioural "events of this type, or those of a variant, are mapped by it" {
        calls: Vec<String> = "The calls that it makes.",
    }
    MessageWhen "message_when" Behavioural "other events are mapped by the variant" {
        old: String = "The condition before.",
        new: String = "The condition now.",
    }
    MessageTypes "message_types" Behavioural "the mapping is for other types of events" {
        old: Vec<String> = "The types before.",
        new: Vec<String> = "The types now.",
    }
    MessageTypesDropped "message_types_dropped" Breaking "events of these types are no longer mapped" {
        types: Vec<String> = "The types.",
    }
    CallsChanged "calls_changed" Behavioural "events become other calls; which of them are made depends on conditions and responses" {
        old: Vec<String> = "The calls before, in order.",
        new: Vec<String> = "The calls now, in order.",
    }
    FieldRemoved "field_removed" Breaking "a field is sent no more" {
        field: String = "The field.",
        sources: Vec<String> = "What it was made of.",
    }
    FieldAdded "field_added" Behavioural "a field is sent in addition" {
        field: String = "The field.",
        sources: Vec<String> = "What it is made of.",
        conversions: String = "How that is converted.",
    }
    FieldRenamed "field_renamed" Breaking "a field of the same sources has another name" {
        old: String = "The name before.",
        new: String = "The name now.",
    }
    FieldMoved "field_moved" Breaking "a field of the same sources is in another object, or in another call" {
        old: String = "The field before.",
        new: String = "The field now.",
    }
    AttributeToField "attribute_to_field" Breaking "what was a custom attribute is a field" {
        attributes: Vec<String> = "The attributes, by their names in events.",
        field: String = "The field.",
        conversions: String = "How values are converted, which an attribute was not.",
    }
    FieldToAttribute "field_to_attribute" Breaking "what was read by a field is a custom attribute" {
        field: String = "The field.",
        attributes: Vec<String> = "The attributes, by their names in events.",
    }
    FieldRetyped "field_retyped" Breaking "a field has another type" {
        field: String = "The field.",
        old: String = "The type before.",
        new: String = "The type now.",
    }
    SourcesRemoved "sources_removed" Breaking "a field is no longer read from a place of the event" {
        field: String = "The field.",
        sources: Vec<String> = "The sources.",
    }
    SourcesAdded "sources_added" Behavioural "a field is read from more places of the event" {
        field: String = "The field.",
        sources: Vec<String> = "The sources.",
    }
    PriorityChanged "priority_changed" Behavioural "of several sources with a value, another one counts" {
        field: String = "The field.",
        old: Vec<String> = "The sources before.",
        new: Vec<String> = "The sources now.",
    }
    ConversionChanged "conversion_changed" Behavioural "the values of a field are converted in another way" {
        field: String = "The field.",
        old: String = "The conversions before.",
        new: String = "The conversions now.",
    }
    LimitLowered "limit_lowered" Breaking "values that were sent whole are shortened or dropped" {
        field: String = "The field.",
        limit: String = "Which limit.",
        old: Option<String> = "The limit before; none, if there was none.",
        new: String = "The limit now.",
    }
    LimitRaised "limit_raised" Behavioural "values that were shortened or dropped are sent" {
        field: String = "The field.",
        limit: String = "Which limit.",
        old: String = "The limit before.",
        new: Option<String> = "The limit now; none, if there is none.",
    }
    LimitChanged "limit_changed" Behavioural "a limit that is not a number is another one" {
        field: String = "The field.",
        limit: String = "Which limit.",
        old: String = "The limit before.",
        new: String = "The limit now.",
    }
    AbsenceStricter "absence_stricter" Breaking "an event without a value, or with an invalid one, is rejected" {
        field: String = "The field.",
        old: String = "What became of it.",
        new: String = "What becomes of it.",
    }
    AbsenceChanged "absence_changed" Behavioural "a field without a value, or with an invalid one, is treated in another way" {
        field: String = "The field.",
        old: String = "What became of it.",
        new: String = "What becomes of it.",
    }
    FieldCondition "field_condition" Behavioural "a field has a value under other conditions" {
        field: String = "The field.",
        old: String = "The conditions before.",
        new: String = "The conditions now.",
    }
    AttributesFrom "attributes_from" Behavioural "custom attributes are taken from other objects, or combined in another way" {
        field: String = "The field.",
        old: String = "The objects before.",
        new: String = "The objects now.",
    }
    AttributeNaming "attribute_naming" Breaking "custom attributes of nested traits have other names" {
        field: String = "The field.",
        old: Option<String> = "What joined the names; none, if nested traits were not flattened.",
        new: Option<String> = "What joins the names.",
    }
    AttributeNames "attribute_names" Breaking "custom attributes with other characters in their names are dropped" {
        field: String = "The field.",
        old: String = "The characters that were not allowed.",
        new: String = "The characters that are not allowed.",
    }
    AttributesReserved "attributes_reserved" Breaking "traits are custom attributes no more, and no field either" {
        field: String = "The field with the attributes.",
        names: Vec<String> = "The traits.",
    }
    AttributesFreed "attributes_freed" Behavioural "traits that were left out are custom attributes" {
        field: String = "The field with the attributes.",
        names: Vec<String> = "The traits.",
    }
    DeclarationRequired "declaration_required" Breaking "custom attributes must be defined at the API before they are sent" {
        operation: String = "The operation.",
        of: String = "What they are attributes of.",
        object: String = "Where they are in the body.",
    }
    DeclarationDropped "declaration_dropped" Behavioural "custom attributes need not be defined any more" {
        operation: String = "The operation.",
        of: String = "What they are attributes of.",
        object: String = "Where they were in the body.",
    }
    BodyRemoved "body_removed" Behavioural "a body is sent no more; fields that other bodies have are listed as moved" {
        part: String = "The payload part.",
        operations: Vec<String> = "The operations that sent it.",
        fields: Vec<String> = "Its fields.",
    }
    BodyAdded "body_added" Behavioural "a body is sent that was not sent before" {
        part: String = "The payload part.",
        operations: Vec<String> = "The operations that send it.",
        fields: Vec<String> = "Its fields.",
    }
    RequirementAdded "requirement_added" Breaking "events that lack something are rejected" {
        requirement: String = "What is required.",
        message: String = "The message.",
    }
    RequirementRemoved "requirement_removed" Behavioural "events that lack something are rejected no more" {
        requirement: String = "What was required.",
        message: String = "The message.",
    }
    RequirementStricter "requirement_stricter" Breaking "events are rejected that met a requirement" {
        old: String = "What was required.",
        new: String = "What is required.",
        message: String = "The message.",
    }
    RequirementLooser "requirement_looser" Behavioural "more events meet a requirement, and none fewer" {
        old: String = "What was required.",
        new: String = "What is required.",
        message: String = "The message.",
    }
    RequirementCode "requirement_code" Breaking "a rejection has another code, or names somebody else who must act" {
        requirement: String = "What is required.",
        old: String = "The code and who must act, before.",
        new: String = "The code and who must act, now.",
    }
    RequirementReworded "requirement_reworded" Cosmetic "a rejection has another message" {
        old: String = "The message before.",
        new: String = "The message now.",
    }
    SkipAdded "skip_added" Breaking "events are skipped that were mapped" {
        when: String = "The condition.",
        reason: String = "The message.",
    }
    SkipRemoved "skip_removed" Behavioural "events are mapped that were skipped" {
        when: String = "The condition.",
        reason: String = "The message.",
    }
    WarningAdded "warning_added" Behavioural "there is another warning" {
        code: String = "Its code.",
        message: String = "The message.",
    }
    WarningRemoved "warning_removed" Behavioural "a warning is given no more" {
        code: String = "Its code.",
        message: String = "The message.",
    }
    WarningWhen "warning_when" Behavioural "a warning is given under another condition" {
        code: String = "Its code.",
        old: String = "The condition before.",
        new: String = "The condition now.",
    }
    WarningReworded "warning_reworded" Cosmetic "a warning has another message" {
        code: String = "Its code.",
        old: String = "The message before.",
        new: String = "The message now.",
    }
    OrderChanged "order_changed" Behavioural "other events are delivered one after the other" {
        key: String = "The order key.",
        old: String = "What it was made of.",
        new: String = "What it is made of.",
    }
    OptionRead "option_read" Behavioural "an option of events, which meant nothing, decides something" {
        option: String = "The option.",
    }
    OptionIgnored "option_ignored" Breaking "an option of events means nothing any more" {
        option: String = "The option.",
    }
    NamedValueChanged "named_value_changed" Behavioural "a value that conditions read is made of something else" {
        name: String = "The value.",
        old: String = "What it was made of.",
        new: String = "What it is made of.",
    }
    StepAdded "step_added" Behavioural "there is another step" {
        step: String = "The step.",
        call: String = "Its call.",
        conditions: String = "Its conditions.",
    }
    StepRemoved "step_removed" Behavioural "there is a step less" {
        step: String = "The step.",
        call: String = "Its call.",
        conditions: String = "Its conditions.",
    }
    StepRenamed "step_renamed" Cosmetic "a step with the same call has another name" {
        old: String = "The name before.",
        new: String = "The name now.",
    }
    StepMoved "step_moved" Behavioural "steps are in another order" {
        old: Vec<String> = "The steps before.",
        new: Vec<String> = "The steps now.",
    }
    StepChanged "step_changed" Behavioural "a step is made under other conditions, for other items, or with other values" {
        step: String = "The step.",
        what: String = "What of it.",
        old: String = "What it said.",
        new: String = "What it says.",
    }
    EndpointRemoved "endpoint_removed" Behavioural "an endpoint of the API is used no more" {
        operation: String = "The operation.",
        endpoint: String = "Method and path.",
    }
    EndpointAdded "endpoint_added" Behavioural "another endpoint of the API is used" {
        operation: String = "The operation.",
        endpoint: String = "Method and path.",
    }
    EndpointChanged "endpoint_changed" Breaking "an operation has another method or path" {
        operation: String = "The operation.",
        old: String = "Method and path before.",
        new: String = "Method and path now.",
    }
    OperationRenamed "operation_renamed" Cosmetic "the operation of an endpoint has another name" {
        old: String = "The name before.",
        new: String = "The name now.",
    }
    OperationChanged "operation_changed" Behavioural "the requests of an operation are encoded, grouped, limited or repeated in another way" {
        operation: String = "The operation.",
        what: String = "What of it.",
        old: String = "What it said.",
        new: String = "What it says.",
    }
    SchemaStricter "schema_stricter" Breaking "the API refuses bodies that it took: a field is gone, required, or may have fewer values" {
        part: String = "What the schema is of: `body`, `item` of a batch, or `answer`.",
        operations: Vec<String> = "The operations with such a body.",
        field: String = "The field; nothing for the body itself.",
        what: String = "What of it: a keyword of the schema, or `field`.",
        old: Option<String> = "What the schema said.",
        new: Option<String> = "What it says.",
    }
    SchemaLooser "schema_looser" Cosmetic "the API takes more bodies than before: a field is new, not required, or may have more values" {
        part: String = "What the schema is of: `body`, `item` of a batch, or `answer`.",
        operations: Vec<String> = "The operations with such a body.",
        field: String = "The field; nothing for the body itself.",
        what: String = "What of it: a keyword of the schema, or `field`.",
        old: Option<String> = "What the schema said.",
        new: Option<String> = "What it says.",
    }
    SchemaOtherwise "schema_otherwise" Behavioural "the API takes other values of a field of a body, such as those of another pattern, or answers in another way" {
        part: String = "What the schema is of: `body`, `item` of a batch, or `answer`.",
        operations: Vec<String> = "The operations with such a body.",
        field: String = "The field; nothing for the body itself.",
        what: String = "What of it: a keyword of the schema.",
        old: Option<String> = "What the schema said.",
        new: Option<String> = "What it says.",
    }
    AuthChanged "auth_changed" Breaking "requests are authorized in another way" {
        operation: Option<String> = "The operation; none for all.",
        old: String = "How before.",
        new: String = "How now.",
    }
    HeaderChanged "header_changed" Behavioural "requests have another header, or another value of one" {
        operation: Option<String> = "The operation; none for all.",
        header: String = "The header.",
        old: Option<String> = "Its value before.",
        new: Option<String> = "Its value now.",
    }
    ParameterChanged "parameter_changed" Behavioural "requests have another query parameter, or another value of one" {
        operation: Option<String> = "The operation; none for all.",
        parameter: String = "The parameter.",
        old: Option<String> = "Its value before.",
        new: Option<String> = "Its value now.",
    }
    ServerChanged "server_changed" Behavioural "requests go to another server, or one that settings choose" {
        old: String = "The servers before.",
        new: String = "The servers now.",
    }
    HostAdded "host_added" Behavioural "requests may go to another host" {
        host: String = "The host.",
    }
    HostRemoved "host_removed" Breaking "requests may no longer go to a host" {
        host: String = "The host.",
    }
    AnswerAdded "answer_added" Behavioural "responses have a meaning of their own" {
        of: String = "What has the rule.",
        answer: String = "The responses, and what they mean.",
    }
    AnswerRemoved "answer_removed" Behavioural "responses have no meaning of their own any more" {
        of: String = "What had the rule.",
        answer: String = "The responses, and what they meant.",
    }
    AnswerChanged "answer_changed" Behavioural "the same responses mean something else" {
        of: String = "What has the rule.",
        answers: String = "The responses.",
        old: String = "What they meant.",
        new: String = "What they mean.",
    }
    CodeChanged "code_changed" Breaking "a failure has another code, by which others know it" {
        of: String = "What has the rule.",
        answers: String = "The responses.",
        old: String = "The code before.",
        new: String = "The code now.",
    }
    AdviceChanged "advice_changed" Cosmetic "a failure has other advice" {
        of: String = "What has the rule.",
        answers: String = "The responses.",
        old: String = "The advice before.",
        new: String = "The advice now.",
    }
    RateChanged "rate_changed" Behavioural "requests are limited in another way" {
        rate: String = "The rate.",
        old: Option<String> = "The limit before.",
        new: Option<String> = "The limit now.",
    }
    SettingRemoved "setting_removed" Breaking "a setting is unknown" {
        setting: String = "The setting.",
    }
    SettingAdded "setting_added" Behavioural "there is another setting, which need not be stated" {
        setting: String = "The setting.",
    }
    SettingRequired "setting_required" Breaking "a setting must be stated" {
        setting: String = "The setting.",
        when: Option<String> = "The condition under which it must be.",
    }
    SettingOptional "setting_optional" Behavioural "a setting need not be stated any more" {
        setting: String = "The setting.",
    }
    SettingRead "setting_read" Behavioural "a setting, which meant nothing, decides something" {
        setting: String = "The setting.",
    }
    SettingIgnored "setting_ignored" Behavioural "a setting means nothing any more" {
        setting: String = "The setting.",
    }
    SettingValues "setting_values" Breaking "a setting takes other values" {
        setting: String = "The setting.",
        old: String = "The values before.",
        new: String = "The values now.",
    }
    SettingDefault "setting_default" Behavioural "a setting that is not stated has another value" {
        setting: String = "The setting.",
        old: String = "The value before.",
        new: String = "The value now.",
    }
    TableChanged "table_changed" Behavioural "values are looked up in another table" {
        table: String = "The table.",
        old: String = "The entries before, as JSON.",
        new: String = "The entries now, as JSON.",
    }
    UnsupportedChanged "unsupported_changed" Behavioural "events whose type has no mapping are treated in another way" {
        old: String = "What became of them.",
        new: String = "What becomes of them.",
    }
    SourceChanged "source_changed" Behavioural "a source of events sends other types" {
        source: String = "The source.",
        old: Vec<String> = "The types in cloud mode, before.",
        new: Vec<String> = "The types in cloud mode, now.",
    }
    StatedOtherwise "stated_otherwise" Behavioural "something is stated in another way, and no other change states what that does" {
        what: String = "The keys that lead to it.",
        old: Option<String> = "What was stated, as JSON; none, if nothing was.",
        new: Option<String> = "What is stated, as JSON; none, if nothing is.",
    }
    Described "described" Cosmetic "a description for readers is another one" {
        of: String = "Of what.",
        old: String = "The description before.",
        new: String = "The description now.",
    }
}
