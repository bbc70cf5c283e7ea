//! What the page around an embed may say to it.
//!
//! A message is an object `{ orrery: 1, type: "…", id?: …, … }`. `orrery` is the version of the
//! conversation: an object without it is somebody else's. [`read`] turns the text of one into a
//! [`Message`], or says what is wrong with it; a type that this version does not know is passed
//! over, so that newer pages can talk to older embeds.
//!
//! | type | with | |
//! |---|---|---|
//! | `play`, `pause`, `step`, `back`, `restart` | | as the transport does |
//! | `seek` | `t`: seconds | goes to an instant |
//! | `speed` | `factor`: 1/16 to 64 | how fast time goes |
//! | `scenario` | `scenario`: its slug | starts it, at rest where it was at rest |
//! | `set` | `knob`, `value` | turns a knob |
//! | `act` | `action`, `args`: an object | does something; faults are `fault.crash` and the like |
//! | `subscribe`, `unsubscribe` | `to`: a list of topics | `time`, `metrics`, `events`, `properties` |
//! | `theme` | `theme`: `auto`, `light`, `dark` | changes the colours |
//! | `state` | | is answered with where the run is, and its link |
//! | `describe` | | is answered with what can be set, done and measured |
//!
//! Values are checked where they are used, by the specifications of the pattern.

use serde_json::{Map, Value as Json};
use thiserror::Error;

use crate::embed::options::Theme;
use crate::kernel::session::RUN_MAX;
use crate::link::shorten;
use crate::sorted::SortedMap;
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// The version of the conversation.
pub const VERSION: u64 = 1;

/// The key by which a message is known, with the version as its value.
pub const KEY: &str = "orrery";

/// The longest message that is read, in bytes of its JSON text.
pub const MAX_LEN: usize = 64 * 1024;

const ID_MAX: usize = 64;
const NAME_MAX: usize = 64;
const ARGS_MAX: usize = 32;
const SPEED_MIN: f64 = 0.0625;
const SPEED_MAX: f64 = 64.0;

/// A message, and by what its sender will know the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Comes back with the answer.
    pub id: Option<Id>,
    /// What is asked for.
    pub command: Command,
}

/// The sender's own name for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text of at most 64 characters.
    Text(String),
}

/// What a page may ask of an embed.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Lets time go on.
    Play,
    /// Stops time.
    Pause,
    /// Takes the next event.
    Step,
    /// Undoes the last event.
    Back,
    /// Starts the run again.
    Restart,
    /// Goes to an instant.
    Seek(SimTime),
    /// Changes how fast time goes; 1 is normal.
    Speed(f64),
    /// Starts a scenario.
    Scenario(String),
    /// Turns a knob.
    Set {
        /// Its key.
        knob: String,
        /// Its new value.
        value: Value,
    },
    /// Does something.
    Act(Call),
    /// Asks to be told of something from now on.
    Subscribe(Vec<Topic>),
    /// Asks not to be told any more.
    Unsubscribe(Vec<Topic>),
    /// Changes the colours.
    Theme(Theme),
    /// Asks where the run is.
    State,
    /// Asks what there is to set, do and measure.
    Describe,
}

/// Something that an embed tells of as it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Where the run is.
    Time,
    /// What is measured.
    Metrics,
    /// What happens, in words.
    Events,
    /// How the promises stand.
    Properties,
}

impl Topic {
    /// Each with its word.
    pub const ALL: [(&str, Self); 4] = [
        ("time", Self::Time),
        ("metrics", Self::Metrics),
        ("events", Self::Events),
        ("properties", Self::Properties),
    ];
}

/// A message that cannot be read, and by what its sender will know the answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct Rejected {
    /// As the message gave it, if it could be read.
    pub id: Option<Id>,
    /// What is wrong.
    pub problem: MessageError,
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MessageError {
    /// It is no JSON.
    #[error("the message cannot be read as JSON")]
    Json,
    /// It is too long.
    #[error("the message is {0} bytes long; more than {MAX_LEN} are not read")]
    TooLong(usize),
    /// It belongs to another version.
    #[error("the message is of version {0}; this embed speaks version {VERSION}")]
    Version(String),
    /// A part is missing or is not as it must be.
    #[error("{kind}: {field} must be {expected}, not {given}")]
    Field {
        /// The type of the message, or “message” where that is what is wrong.
        kind: String,
        /// Which part.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is, shortened.
        given: String,
    },
}

impl MessageError {
    /// A word by which a program can tell the errors apart.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::TooLong(_) => "too-long",
            Self::Version(_) => "version",
            Self::Field { .. } => "field",
        }
    }
}

/// Reads a message from its JSON text; nothing where it is not for us, or of a type that we do not
/// know.
///
/// ```
/// use orrery_core::embed::messages::{Command, read};
///
/// let message = read(r#"{ "orrery": 1, "type": "play" }"#)?.expect("it is for us");
/// assert_eq!(message.command, Command::Play);
/// assert_eq!(read(r#"{ "source": "react-devtools" }"#)?, None);
/// let wrong = read(r#"{ "orrery": 1, "type": "seek", "t": "soon" }"#).unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "seek: t must be a number of seconds within a day, not \"soon\"",
/// );
/// # Ok::<(), orrery_core::embed::messages::Rejected>(())
/// ```
///
/// # Errors
///
/// When it is for us and cannot be read; the sentence says what is wrong.
pub fn read(text: &str) -> Result<Option<Message>, Rejected> {
    let without_id = |problem| Rejected { id: None, problem };
    if text.len() > MAX_LEN {
        return Err(without_id(MessageError::TooLong(text.len())));
    }
    let json: Json = serde_json::from_str(text).map_err(|_| without_id(MessageError::Json))?;
    let Json::Object(fields) = json else {
        return Ok(None);
    };
    let Some(version) = fields.get(KEY) else {
        return Ok(None);
    };
    if version.as_u64() != Some(VERSION) {
        let given = told(Some(version));
        return Err(without_id(MessageError::Version(given)));
    }
    let id = id(&fields).map_err(without_id)?;
    let rejected = |problem| Rejected {
        id: id.clone(),
        problem,
    };
    let command = Fields {
        kind: "message",
        fields: &fields,
    }
    .command()
    .map_err(rejected)?;
    Ok(command.map(|command| Message { id, command }))
}

fn id(fields: &Map<String, Json>) -> Result<Option<Id>, MessageError> {
    match fields.get("id") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.chars().count() <= ID_MAX => {
            Ok(Some(Id::Text(text.clone())))
        }
        Some(Json::Number(number)) if number.is_i64() => Ok(number.as_i64().map(Id::Number)),
        given @ Some(_) => Err(MessageError::Field {
            kind: "message".to_owned(),
            field: "id",
            expected: "a whole number or a text of at most 64 characters",
            given: told(given),
        }),
    }
}

/// The parts of a message of one type.
struct Fields<'a> {
    kind: &'a str,
    fields: &'a Map<String, Json>,
}

impl<'a> Fields<'a> {
    fn command(self) -> Result<Option<Command>, MessageError> {
        let kind = self.text("type", "the name of what is asked for")?;
        let own = Fields {
            kind,
            fields: self.fields,
        };
        let command = match kind {
            "play" => Command::Play,
            "pause" => Command::Pause,
            "step" => Command::Step,
            "back" => Command::Back,
            "restart" => Command::Restart,
            "state" => Command::State,
            "describe" => Command::Describe,
            "seek" => Command::Seek(own.instant()?),
            "speed" => Command::Speed(own.speed()?),
            "scenario" => Command::Scenario(own.text("scenario", "its slug")?.to_owned()),
            "set" => own.set()?,
            "act" => Command::Act(own.call()?),
            "subscribe" => Command::Subscribe(own.topics()?),
            "unsubscribe" => Command::Unsubscribe(own.topics()?),
            "theme" => Command::Theme(own.theme()?),
            _ => return Ok(None),
        };
        Ok(Some(command))
    }

    fn wrong(&self, field: &'static str, expected: &'static str) -> MessageError {
        MessageError::Field {
            kind: self.kind.to_owned(),
            field,
            expected,
            given: told(self.fields.get(field)),
        }
    }

    fn text(&self, field: &'static str, expected: &'static str) -> Result<&'a str, MessageError> {
        let text = self.fields.get(field).and_then(Json::as_str);
        text.filter(|text| !text.is_empty() && text.len() <= NAME_MAX)
            .ok_or_else(|| self.wrong(field, expected))
    }

    fn instant(&self) -> Result<SimTime, MessageError> {
        let secs = self.fields.get("t").and_then(Json::as_f64);
        let at = secs
            .filter(|secs| *secs >= 0.0 && *secs <= RUN_MAX.as_secs_f64())
            .map(|secs| SimTime::ZERO + Span::from_secs_f64(secs));
        at.ok_or_else(|| self.wrong("t", "a number of seconds within a day"))
    }

    fn speed(&self) -> Result<f64, MessageError> {
        let factor = self.fields.get("factor").and_then(Json::as_f64);
        factor
            .filter(|factor| (SPEED_MIN..=SPEED_MAX).contains(factor))
            .ok_or_else(|| self.wrong("factor", "a number from 0.0625 to 64"))
    }

    fn theme(&self) -> Result<Theme, MessageError> {
        let word = self.fields.get("theme").and_then(Json::as_str);
        word.and_then(Theme::named)
            .ok_or_else(|| self.wrong("theme", "one of auto, light, dark"))
    }

    fn set(&self) -> Result<Command, MessageError> {
        let knob = self.text("knob", "the key of a knob")?.to_owned();
        let value = self.fields.get("value").and_then(value);
        let value = value.ok_or_else(|| self.wrong("value", "a number, a text, true or false"))?;
        Ok(Command::Set { knob, value })
    }

    fn call(&self) -> Result<Call, MessageError> {
        let name = self.text("action", "the name of an action")?;
        let mut call = Call::new(name);
        let expected = "an object of at most 32 numbers, texts, true or false";
        let given = match self.fields.get("args") {
            None | Some(Json::Null) => return Ok(call),
            Some(Json::Object(given)) if given.len() <= ARGS_MAX => given,
            Some(_) => return Err(self.wrong("args", expected)),
        };
        let args: Option<SortedMap<String, Value>> = given
            .iter()
            .map(|(key, json)| Some((key.clone(), value(json)?)))
            .collect();
        call.args = args.ok_or_else(|| self.wrong("args", expected))?;
        Ok(call)
    }

    fn topics(&self) -> Result<Vec<Topic>, MessageError> {
        let known = |json: &Json| {
            let word = json.as_str()?;
            let found = Topic::ALL.iter().find(|(name, _)| *name == word);
            found.map(|(_, topic)| *topic)
        };
        let given = self.fields.get("to").and_then(Json::as_array);
        let topics: Option<Vec<Topic>> = given
            .filter(|given| (1..=Topic::ALL.len()).contains(&given.len()))
            .and_then(|given| given.iter().map(known).collect());
        topics.ok_or_else(|| self.wrong("to", "a list of time, metrics, events, properties"))
    }
}

/// A plain value; none for lists, objects and null.
fn value(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(flag) => Some(Value::Flag(*flag)),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Some(Value::Int(int)),
            None => number
                .as_f64()
                .filter(|real| real.is_finite())
                .map(Value::Real),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What was given, as short as it fits into a sentence.
pub(crate) fn told(given: Option<&Json>) -> String {
    match given {
        None => "missing".to_owned(),
        Some(Json::Object(_)) => "an object".to_owned(),
        Some(Json::Array(_)) => "a list".to_owned(),
        Some(other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_))) => {
            shorten(&other.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn command(mut json: Json) -> Command {
        json[KEY] = json!(1);
        let read = read(&json.to_string()).expect("it can be read");
        read.expect("its type is known").command
    }

    #[test]
    fn each_type_is_read_with_what_it_needs() {
        for (name, expected) in [
            ("play", Command::Play),
            ("pause", Command::Pause),
            ("step", Command::Step),
            ("back", Command::Back),
            ("restart", Command::Restart),
            ("state", Command::State),
            ("describe", Command::Describe),
        ] {
            assert_eq!(command(json!({ "type": name, "more": [1] })), expected);
        }
        let seek = json!({ "type": "seek", "t": 2.5 });
        assert_eq!(command(seek), Command::Seek(SimTime::from_millis(2_500)));
        let speed = json!({ "type": "speed", "factor": 4 });
        assert_eq!(command(speed), Command::Speed(4.0));
        let scenario = json!({ "type": "scenario", "scenario": "burst" });
        assert_eq!(command(scenario), Command::Scenario("burst".to_owned()));
        let theme = json!({ "type": "theme", "theme": "dark" });
        assert_eq!(command(theme), Command::Theme(Theme::Dark));
        let to = json!({ "type": "subscribe", "to": ["events", "time"] });
        let topics = vec![Topic::Events, Topic::Time];
        assert_eq!(command(to), Command::Subscribe(topics));
        let set = json!({ "type": "set", "knob": "capacity", "value": 40 });
        let (knob, value) = ("capacity".to_owned(), Value::Int(40));
        assert_eq!(command(set), Command::Set { knob, value });
        let act = json!({ "type": "act", "action": "burst", "args": { "size": 4, "x": true } });
        let call = Call::new("burst").with("size", 4).with("x", true);
        assert_eq!(command(act), Command::Act(call));
    }

    #[test]
    fn what_is_not_for_us_or_not_known_is_passed_over() {
        for text in [
            "null",
            "7",
            "\"play\"",
            "[]",
            "{}",
            r#"{ "type": "play" }"#,
            r#"{ "orrery": 1, "type": "levitate" }"#,
        ] {
            assert_eq!(read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn a_bad_message_is_told_what_is_wrong_and_by_whose_name() {
        for (text, code, words) in [
            ("{", "json", "cannot be read as JSON"),
            (r#"{ "orrery": 2 }"#, "version", "version 2"),
            (r#"{ "orrery": "1" }"#, "version", "version \"1\""),
            (r#"{ "orrery": 1 }"#, "field", "type must be"),
            (r#"{ "orrery": 1, "type": {} }"#, "field", "an object"),
            (r#"{ "orrery": 1, "type": "seek" }"#, "field", "not missing"),
            (r#"{ "orrery": 1, "type": "seek", "t": -1 }"#, "field", "-1"),
            (
                r#"{ "orrery": 1, "type": "seek", "t": 1e9 }"#,
                "field",
                "a day",
            ),
            (
                r#"{ "orrery": 1, "type": "speed", "factor": 0 }"#,
                "field",
                "64",
            ),
            (
                r#"{ "orrery": 1, "type": "set", "knob": "a" }"#,
                "field",
                "value",
            ),
            (
                r#"{ "orrery": 1, "type": "set", "value": 1 }"#,
                "field",
                "knob",
            ),
            (
                r#"{ "orrery": 1, "type": "act", "action": "" }"#,
                "field",
                "action",
            ),
            (
                r#"{ "orrery": 1, "type": "act", "action": "a", "args": { "b": [] } }"#,
                "field",
                "args",
            ),
            (
                r#"{ "orrery": 1, "type": "subscribe", "to": [] }"#,
                "field",
                "to",
            ),
            (
                r#"{ "orrery": 1, "type": "subscribe", "to": ["all"] }"#,
                "field",
                "to",
            ),
            (
                r#"{ "orrery": 1, "type": "theme", "theme": "neon" }"#,
                "field",
                "auto",
            ),
            (
                r#"{ "orrery": 1, "type": "play", "id": [] }"#,
                "field",
                "id",
            ),
        ] {
            let rejected = read(text).expect_err(text);
            assert_eq!(rejected.problem.code(), code, "{text}");
            let said = rejected.to_string();
            assert!(said.contains(words) && said.len() < 300, "{text}: {said}");
        }
        let late = read(r#"{ "orrery": 1, "type": "seek", "id": "a", "t": "x" }"#);
        assert_eq!(
            late.expect_err("no number").id,
            Some(Id::Text("a".to_owned()))
        );
    }

    #[test]
    fn long_and_deep_messages_are_refused_and_harm_nothing() {
        let long = format!(r#"{{ "orrery": 1, "type": "{}" }}"#, "x".repeat(MAX_LEN));
        let rejected = read(&long).expect_err("too long");
        assert_eq!(rejected.problem.code(), "too-long");
        let deep = "[".repeat(MAX_LEN);
        assert_eq!(
            read(&deep).expect_err("too deep").problem,
            MessageError::Json
        );
    }

    /// Any JSON, with our own words in it more often than chance would have them.
    fn any_json() -> impl Strategy<Value = Json> {
        crate::any::json(
            &[
                "play",
                "seek",
                "set",
                "act",
                "subscribe",
                "theme",
                "dark",
                "time",
                "events",
                "burst",
                "<img src=x onerror=alert(1)>",
                "__proto__",
                "",
            ],
            &[
                "orrery", "type", "id", "t", "factor", "knob", "value", "action", "args", "to",
                "theme", "scenario", "x",
            ],
        )
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_short_sentence(text in ".{0,400}") {
            if let Err(rejected) = read(&text) {
                prop_assert!(rejected.to_string().len() < 400);
            }
        }

        #[test]
        fn any_json_is_read_or_refused_with_a_short_sentence(mut json in any_json(), ours: bool) {
            if ours && let Json::Object(fields) = &mut json {
                fields.insert(KEY.to_owned(), json!(VERSION));
            }
            match read(&json.to_string()) {
                Ok(Some(Message { command: Command::Seek(at), .. })) => {
                    prop_assert!(at <= RUN_MAX);
                }
                Ok(Some(Message { command: Command::Speed(factor), .. })) => {
                    prop_assert!((SPEED_MIN..=SPEED_MAX).contains(&factor));
                }
                Ok(Some(Message { command: Command::Act(call), .. })) => {
                    prop_assert!(call.args.len() <= ARGS_MAX);
                }
                Ok(_) => {}
                Err(rejected) => prop_assert!(rejected.to_string().len() < 600),
            }
        }
    }
}
