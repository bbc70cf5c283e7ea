//! What an embed does when the page around it asks, and what it tells as it goes on.
//!
//! A message is read by `orrery_core::embed::messages`, and its values by the specifications of the
//! pattern, so nothing that is said is ever taken for more than it says. Nothing is queued: what is
//! subscribed to is told from the run as it stands, a few times a second.

use js_sys::JSON;
use orrery_core::embed::messages::{self, Command, Id, Message, MessageError, Rejected, Topic};
use orrery_core::embed::options;
use orrery_core::embed::reports;
use orrery_core::kernel::session::Session;
use orrery_core::link::Terms;
use orrery_core::sorted::SortedSet;
use orrery_core::spec::find;
use orrery_core::value::{Call, Value};
use serde_json::{Value as Json, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::embed::parent::Parent;
use crate::observable::Observable;
use crate::player::{Player, SPEEDS};
use crate::theme::Theme;

/// One embed in conversation.
#[derive(Clone, Copy)]
pub struct Speech {
    player: Player,
    theme: Observable<Theme>,
    parent: Observable<Parent>,
    terms: Terms,
    topics: Observable<SortedSet<Topic>>,
    told: Observable<Told>,
}

/// What was told of last, so that nothing is told twice.
#[derive(Default)]
struct Told {
    events: u64,
    properties: Json,
    time: Json,
    /// Whether something has changed since.
    is_due: bool,
}

/// Begins a conversation.
pub fn begin(player: Player, theme: Observable<Theme>, parent: Parent, terms: Terms) -> Speech {
    let speech = Speech {
        player,
        theme,
        parent: Observable::new(parent),
        terms,
        topics: Observable::new(SortedSet::new()),
        told: Observable::new(Told::default()),
    };
    player.revision.watch(move || speech.tell_soon());
    player.playing.watch(move || speech.tell_soon());
    speech.topics.watch(move || speech.tell_soon());
    speech
}

impl Speech {
    /// Hears what the page says, and answers.
    pub fn hear(self, data: &JsValue) {
        // A circle or a big integer is no JSON; what a page sends is data and runs nothing.
        let text = JSON::stringify(data).map(String::from);
        let read = match text {
            Ok(text) => messages::read(&text),
            Err(_) => Err(Rejected {
                id: None,
                problem: MessageError::Json,
            }),
        };
        match read {
            Ok(None) => {}
            Ok(Some(Message { id, command })) => match self.carry_out(command) {
                Ok((kind, fields)) => self.tell(kind, id.as_ref(), fields),
                Err(words) => self.refuse(id.as_ref(), "refused", &words),
            },
            Err(Rejected { id, problem }) => {
                self.refuse(id.as_ref(), problem.code(), &problem.to_string());
            }
        }
    }

    fn tell(self, kind: &str, id: Option<&Id>, fields: Json) {
        let text = reports::message(kind, id, fields).to_string();
        if let Ok(message) = JSON::parse(&text) {
            self.parent
                .try_with_untracked(|parent| parent.tell(&message));
        }
    }

    fn refuse(self, id: Option<&Id>, code: &str, words: &str) {
        let fields = json!({ "code": code, "message": words });
        self.tell("error", id, fields);
    }

    /// Does what is asked, and gives the type and the fields of the answer; the error says why not.
    fn carry_out(self, command: Command) -> Result<(&'static str, Json), String> {
        let player = self.player;
        match command {
            Command::Play => player.play(),
            Command::Pause => player.pause(),
            Command::Step => player.step(),
            Command::Back => player.step_back(),
            Command::Restart => player.restart(),
            Command::Seek(at) => player.seek(at),
            Command::Speed(factor) => player.speed.set(nearest_speed(factor)),
            Command::Scenario(slug) => self.start(&slug)?,
            Command::Set { knob, value } => self.set(&knob, &value)?,
            Command::Act(call) => self.act(call)?,
            Command::Subscribe(topics) => {
                // What has happened before is not news.
                if !self
                    .topics
                    .with_untracked(|all| all.contains(&Topic::Events))
                {
                    let now = player.read(|session| session.log_len());
                    self.told
                        .try_update_untracked(|told| told.events = now.unwrap_or_default());
                }
                self.topics.update(|all| all.extend(topics));
            }
            Command::Unsubscribe(topics) => {
                self.topics
                    .update(|all| all.retain(|topic| !topics.contains(topic)));
            }
            Command::Theme(theme) => self.theme.set(theme_of(theme)),
            Command::State => return Ok(("state", self.state())),
            Command::Describe => return Ok(("description", self.description())),
        }
        Ok(("done", json!({})))
    }

    fn start(self, slug: &str) -> Result<(), String> {
        if self.terms.scenario(slug).is_none() {
            let all = self.terms.scenarios();
            let known: Vec<&str> = all.iter().map(|scenario| scenario.slug).collect();
            let known = known.join(", ");
            return Err(format!(
                "there is no scenario “{slug}”; those here are {known}"
            ));
        }
        self.player.load_scenario(slug);
        Ok(())
    }

    fn set(self, knob: &str, value: &Value) -> Result<(), String> {
        let spec = find(self.terms.knobs(), knob).map_err(|error| error.to_string())?;
        let value = spec.take(value).map_err(|error| error.to_string())?;
        let outcome = self.player.alter(|session| session.set_knob(knob, &value));
        outcome.unwrap_or(Ok(())).map_err(|error| error.to_string())
    }

    fn act(self, call: Call) -> Result<(), String> {
        let call = self.terms.typed(call).map_err(|error| error.to_string())?;
        if self.player.act(&call) {
            return Ok(());
        }
        let notice = self.player.notice.get_untracked();
        Err(notice.map(|notice| notice.text).unwrap_or_default())
    }

    fn state(self) -> Json {
        let mut state = self.read(|session, playing| reports::time(session, playing));
        let link = self.player.link();
        let link = link.map(|link| link.encode(self.terms).0);
        state["pattern"] = json!(self.player.exhibit.card.slug);
        state["scenario"] = json!(self.player.scenario.get_untracked());
        state["link"] = json!(link.unwrap_or_default());
        state
    }

    fn description(self) -> Json {
        let card = &self.player.exhibit.card;
        let mut all = self.read(|session, _| reports::description(session, &self.terms));
        all["pattern"] = json!(card.slug);
        all["name"] = json!(card.name);
        all["summary"] = json!(card.summary);
        all
    }

    fn read(self, read: impl FnOnce(&dyn Session, bool) -> Json) -> Json {
        let playing = self.player.playing.try_get_untracked().unwrap_or_default();
        let read = self.player.read(|session| read(session, playing));
        read.unwrap_or_else(|| json!({}))
    }

    /// Tells of what is subscribed to, once for all that changes now and after the answers to it.
    fn tell_soon(self) {
        let is_due = |told: &mut Told| std::mem::replace(&mut told.is_due, true);
        if self.told.try_update_untracked(is_due) != Some(false) {
            return;
        }
        spawn_local(async move {
            self.told.try_update_untracked(|told| told.is_due = false);
            for topic in self.topics.try_get_untracked().unwrap_or_default() {
                self.tell_of(topic);
            }
        });
    }

    fn tell_of(self, topic: Topic) {
        let told = self.told;
        match topic {
            Topic::Time => {
                let now = self.read(|session, playing| reports::time(session, playing));
                if told.try_update_untracked(|told| news(&mut told.time, &now)) == Some(true) {
                    self.tell("time", None, now);
                }
            }
            Topic::Metrics => {
                let now = self.read(|session, _| reports::metrics(session));
                self.tell("metrics", None, now);
            }
            Topic::Events => {
                let since = told
                    .try_with_untracked(|told| told.events)
                    .unwrap_or_default();
                let report = self.player.read(|session| reports::events(session, since));
                if let Some((report, next)) = report {
                    told.try_update_untracked(|told| told.events = next);
                    if let Some(report) = report {
                        self.tell("events", None, report);
                    }
                }
            }
            Topic::Properties => {
                let now = self.read(|session, _| reports::properties(session));
                if told.try_update_untracked(|told| news(&mut told.properties, &now)) == Some(true)
                {
                    self.tell("properties", None, now);
                }
            }
        }
    }
}

/// Whether something has changed since it was told last.
fn news(last: &mut Json, now: &Json) -> bool {
    let is_news = last != now;
    if is_news {
        last.clone_from(now);
    }
    is_news
}

/// The speed of the transport that is nearest to a factor, by ratio.
fn nearest_speed(factor: f64) -> usize {
    let distance = |speed: &f64| (speed / factor).max(factor / speed);
    let nearest =
        (0..SPEEDS.len()).min_by(|a, b| distance(&SPEEDS[*a]).total_cmp(&distance(&SPEEDS[*b])));
    nearest.unwrap_or_default()
}

/// The page's word for the colours that an address or a message asks for.
pub fn theme_of(theme: options::Theme) -> Theme {
    match theme {
        options::Theme::Auto => Theme::System,
        options::Theme::Light => Theme::Light,
        options::Theme::Dark => Theme::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_in_between_is_the_nearest_that_there_is() {
        for (factor, speed) in [
            (1.0, 1.0),
            (0.0625, 0.0625),
            (64.0, 64.0),
            (3.0, 4.0),
            (0.3, 0.25),
        ] {
            assert_eq!(SPEEDS[nearest_speed(factor)], speed, "{factor}");
        }
    }
}
