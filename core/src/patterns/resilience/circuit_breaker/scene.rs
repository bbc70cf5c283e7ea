//! The picture: users, the service with its threads, the breaker, the dependency; below them the
//! calls the breaker looks back on and what the users got.

use super::algorithm::{Cause, State, Tally, TripRule, WindowSize};
use super::dependency::Health;
use super::knobs::{self, Instead, Rule, Trouble};
use super::model::{Answer, DEPENDENCY, Doing, Event, Job, Model, SERVICE, USERS, Waiting};
use crate::kernel::metrics::Metric;
use crate::kernel::network::{NodeId, Status};
use crate::real::{fixed, plain};
use crate::scene;
use crate::scene::{Axis, Badge, Bar, Cell, Edge, Mark, Placed, Rect, SceneBuilder, Slot, Tone};
use crate::simulation::World;
use crate::staging;
use crate::time::{SimTime, Span};
use crate::value::Call;
use crate::words::{counted, noun};

/// Where everything stands.
struct Layout {
    users: Rect,
    service: Rect,
    breaker: Rect,
    dependency: Rect,
    /// A phone has no room for it; there the breaker itself names its state.
    states: Option<Rect>,
    window: Rect,
    trial: Rect,
    failures: Rect,
    slowness: Rect,
    answers: Rect,
}

impl Layout {
    fn of(scene: &SceneBuilder) -> Self {
        if scene.is_tall() {
            Self::tall(scene.area())
        } else {
            Self::wide(scene.area())
        }
    }

    fn wide(area: Rect) -> Self {
        let (path, below) = area.take_top(266.0, 20.0);
        let (users, path) = path.take_left(64.0, 96.0);
        let (service, path) = path.take_left(230.0, 50.0);
        let (dependency, path) = path.take_right(172.0, 120.0);
        let (states, below) = below.take_left(336.0, 20.0);
        let (answers, calls) = below.take_right(190.0, 24.0);
        let [window, trial, failures, slowness] = calls.rows_of([76.0, 46.0, 50.0, 50.0], 4.0);
        Self {
            users: users.centered(64.0, 104.0),
            service,
            breaker: path.centered(path.w, 104.0),
            dependency,
            states: Some(states),
            window,
            trial,
            failures,
            slowness,
            answers,
        }
    }

    fn tall(area: Rect) -> Self {
        let (callers, rest) = area.take_top(210.0, 26.0);
        let (protected, rest) = rest.take_top(196.0, 12.0);
        let (strips, rest) = rest.take_top(54.0, 4.0);
        let (gauges, answers) = rest.take_top(52.0, 8.0);
        let (users, service) = callers.take_left(64.0, 76.0);
        let (dependency, breaker) = protected.take_right(176.0, 90.0);
        let [window, trial] = strips.columns_of([5.0, 3.0], 16.0);
        let [failures, slowness] = gauges.columns_of([1.0, 1.0], 20.0);
        Self {
            users: users.centered(64.0, 100.0),
            service,
            breaker: breaker.centered(104.0, 104.0),
            dependency,
            states: None,
            window,
            trial,
            failures,
            slowness,
            answers,
        }
    }
}

/// Draws the model at the world's present instant.
pub(super) fn draw(model: &Model, world: &World<Event>, scene: &mut SceneBuilder) {
    let layout = Layout::of(scene);
    let now = world.network().clock(SERVICE, world.now());
    scene.summary(summary(model, now));
    draw_links(model, world, scene);
    draw_users(model, world, scene, layout.users);
    draw_service(model, world, scene, layout.service, now);
    draw_breaker(model, scene, layout.breaker, now);
    if let Some(frame) = layout.states {
        draw_states(model, scene, frame, now);
    }
    draw_dependency(model, world, scene, layout.dependency);
    draw_window(model, scene, layout.window, now);
    draw_trial(model, scene, layout.trial);
    draw_rates(model, scene, &layout, now);
    draw_answers(model, world, scene, layout.answers);
    draw_messages(world, scene);
}

fn summary(model: &Model, now: SimTime) -> String {
    let breaker = match model.breaker().state() {
        State::Closed => "The breaker is closed".to_owned(),
        State::Open => match model.breaker().open_wait() {
            Some((_, until)) if until > now => format!("The breaker is open for {}", until - now),
            Some(_) | None => "The breaker is open, its wait is over".to_owned(),
        },
        State::HalfOpen => "The breaker is trying".to_owned(),
        State::ForcedOpen => "The breaker is forced open".to_owned(),
        State::Disabled => "There is no breaker".to_owned(),
    };
    let (held, threads) = (model.held(), model.threads().len());
    let health = match model.dependency().health().0 {
        Health::Well => "well",
        Health::Ill(Trouble::Slow) => "slow",
        Health::Ill(Trouble::Errors) => "broken",
        Health::Ill(Trouble::Hang) => "hanging",
    };
    let wait = noun(held, ["waits", "wait"]);
    format!("{breaker}; {held} of {threads} threads {wait} for the dependency, which is {health}.")
}

fn draw_links(model: &Model, world: &World<Event>, scene: &mut SceneBuilder) {
    let network = world.network();
    let cut = |a: NodeId, b: NodeId| network.is_cut(a, b) || network.is_cut(b, a);
    let (users_cut, calls_cut) = (cut(USERS, SERVICE), cut(SERVICE, DEPENDENCY));
    scene
        .link("requests", "users", "service")
        .when(users_cut, |link| link.cut().tone(Tone::Failed))
        .describe(if users_cut {
            "The link between users and service is cut."
        } else {
            "Users and service are connected."
        });
    let state = model.breaker().state();
    let refuses = matches!(state, State::Open | State::ForcedOpen);
    scene
        .link("asks", "service", "breaker")
        .when(refuses, |link| link.cut().tone(Tone::Refused))
        .describe(if refuses {
            "The breaker lets no call through."
        } else {
            "Calls pass the breaker."
        });
    scene
        .link("calls", "breaker", "dependency")
        .when(calls_cut, |link| link.cut().tone(Tone::Failed))
        .when(!calls_cut && state == State::HalfOpen, |link| {
            link.dashed().tone(Tone::Pending)
        })
        .describe(if calls_cut {
            "The link to the dependency is cut."
        } else {
            "The way to the dependency."
        });
}

fn draw_users(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let away = model.away();
    let status = world.network().status(USERS);
    let placed = scene
        .node("users", frame)
        .person()
        .label("Users")
        .tone(if status == Status::Up {
            Tone::Plain
        } else {
            Tone::Failed
        })
        .when(away > 0, |node| node.note(format!("{away} away")))
        .menu("Send a request", Call::new("send"))
        .menu("Send 20 requests", Call::new("send").with("requests", 20));
    staging::with_faults(placed, world.network(), USERS);
}

fn draw_service(
    model: &Model,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    frame: Rect,
    now: SimTime,
) {
    let starved = model.starved();
    let status = world.network().status(SERVICE);
    let tone = match (status, starved) {
        (Status::Crashed, _) => Tone::Failed,
        (Status::Paused, _) => Tone::Idle,
        (Status::Up, Some(_)) => Tone::Failed,
        (Status::Up, None) => Tone::Plain,
    };
    let placed = scene
        .group("service", frame, "Service")
        .tone(tone)
        .with(starved, |group, (_, event)| {
            group.badge(Badge::new("no thread free", Tone::Failed).caused_by(event.0))
        })
        .when(status == Status::Crashed, |group| {
            group.badge(Badge::new("crashed", Tone::Failed))
        });
    staging::with_faults(placed, world.network(), SERVICE);

    let inside = frame.inside_group();
    let (backlog, rest) = inside.take_top(50.0, 6.0);
    draw_backlog(model, scene, backlog);
    if scene.is_tall() {
        draw_threads(model, scene, rest, now);
    } else {
        let (fallback, threads) = rest.take_bottom(30.0, 8.0);
        draw_threads(model, scene, threads, now);
        draw_fallback(model, world, scene, fallback);
    }
}

fn draw_backlog(model: &Model, scene: &mut SceneBuilder, frame: Rect) {
    let capacity = model.knobs().backlog as usize;
    let waiting = model.backlog().len();
    let let_through = |waiting: &Waiting| matches!(waiting.told, Some(Ok(_)));
    let slots = model.backlog().iter().map(|waiting| {
        Slot::from(if let_through(waiting) {
            Tone::Good
        } else if waiting.request.needs {
            Tone::Pending
        } else {
            Tone::Active
        })
    });
    let passes = model.backlog().iter().filter(|w| let_through(w)).count();
    scene
        .queue("backlog", frame, slots)
        .label(if passes > 0 {
            format!("Backlog: {passes} let through")
        } else {
            "Backlog".to_owned()
        })
        .capacity(capacity)
        .axis(Axis::Across)
        .when(waiting >= capacity && waiting > 0, |queue| {
            queue.tone(Tone::Failed)
        })
        .describe(format!(
            "{} for a thread; there is room for {capacity}.",
            counted(waiting, ["request waits", "requests wait"])
        ));
}

/// One cell per thread: free, at its own work, or waiting, and for how long.
fn draw_threads(model: &Model, scene: &mut SceneBuilder, frame: Rect, now: SimTime) {
    let count = model.threads().len();
    let columns = match count {
        0..=16 => 4,
        17..=36 => 6,
        _ => 8,
    };
    let cells = model
        .threads()
        .iter()
        .map(|thread| thread_cell(thread.as_ref(), columns == 4, now));
    let held = model.held();
    let busy = model.threads().iter().flatten().count();
    scene
        .cells("threads", frame, cells)
        .label(format!("Threads: {held} of {count} waiting"))
        .columns(columns)
        .describe(format!(
            "Of {}, those that wait for the dependency: {held}, at their own work: {}, free: {}.",
            counted(count, ["thread", "threads"]),
            busy - held,
            count - busy
        ));
}

fn thread_cell(thread: Option<&Job>, worded: bool, now: SimTime) -> Cell {
    let (text, tone) = match thread.map(|job| &job.doing) {
        None => ("free".to_owned(), Tone::Idle),
        Some(Doing::OwnWork {
            then: Answer::Fallback,
        }) => ("busy".to_owned(), Tone::Stale),
        Some(Doing::OwnWork { .. }) => ("busy".to_owned(), Tone::Active),
        Some(Doing::Waiting { since, .. }) => {
            let waited = fixed((now - *since).as_secs_f64(), 1);
            (format!("{waited} s"), Tone::Pending)
        }
    };
    Cell::new(if worded { text } else { String::new() }, tone)
}

fn draw_fallback(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let given = world.metrics().value(knobs::FALLEN_BACK);
    let busy = model.threads().iter().flatten().any(|job| {
        matches!(
            job.doing,
            Doing::OwnWork {
                then: Answer::Fallback
            }
        )
    });
    let (label, tone) = match model.knobs().instead {
        Instead::Fallback if given > 0.0 => (
            format!("Fallback: {} given", plain(given)),
            if busy { Tone::Stale } else { Tone::Plain },
        ),
        Instead::Fallback => ("Fallback ready".to_owned(), Tone::Idle),
        Instead::Fail => ("No fallback".to_owned(), Tone::Idle),
        Instead::Return => ("“Come back later”".to_owned(), Tone::Idle),
    };
    scene.node("fallback", frame).label(label).tone(tone);
}

/// The breaker on the way of every call, its wait as a shrinking arc.
fn draw_breaker(model: &Model, scene: &mut SceneBuilder, frame: Rect, now: SimTime) {
    let breaker = model.breaker();
    let wait = breaker.open_wait();
    let (word, tone, note) = match breaker.state() {
        State::Closed => ("Closed", Tone::Good, "calls pass".to_owned()),
        State::Open => {
            let left = wait.map_or(Span::ZERO, |(_, until)| until - now);
            (
                "Open",
                Tone::Refused,
                format!("{} s", fixed(left.as_secs_f64(), 1)),
            )
        }
        State::HalfOpen => ("Trying", Tone::Pending, "trial".to_owned()),
        State::ForcedOpen => ("Forced", Tone::Refused, "open".to_owned()),
        State::Disabled => ("No breaker", Tone::Idle, String::new()),
    };
    let placed = scene
        .node("breaker", frame)
        .circle()
        .label(word)
        .note(note)
        .tone(tone)
        .describe(format!("The breaker: {}.", breaker.state()))
        .with(wait, |node, (since, until)| {
            let whole = (until - since).as_nanos().max(1) as f64;
            node.timer((until - now).as_nanos() as f64 / whole)
        })
        .with(why(model), |node, words| {
            let event = model.stay_began().map(|event| event.0);
            node.badge(Badge::new(words, Tone::Refused).caused_by(event))
        });
    if model.knobs().breaker {
        placed
            .menu("Force it open", Call::new("force-open"))
            .menu("Reset it", Call::new("reset"));
    }
}

/// The states and the ways between them, the last one taken marked.
fn draw_states(model: &Model, scene: &mut SceneBuilder, frame: Rect, now: SimTime) {
    let breaker = model.breaker();
    let state = breaker.state();
    let (closed, open) = match state {
        State::Disabled => (("DISABLED", Tone::Idle), "OPEN"),
        State::ForcedOpen => (("CLOSED", Tone::Good), "FORCED_OPEN"),
        State::Closed | State::Open | State::HalfOpen => (("CLOSED", Tone::Good), "OPEN"),
    };
    let left = breaker.open_wait().map(|(since, until)| {
        let whole = (until - since).as_nanos().max(1) as f64;
        (until - now).as_nanos() as f64 / whole
    });
    let current = match state {
        State::Open | State::ForcedOpen => OPEN,
        State::HalfOpen => HALF_OPEN,
        State::Closed | State::Disabled => CLOSED,
    };
    let edge = |(from, from_state), (to, to_state), words| {
        let taken = model
            .last_change()
            .is_some_and(|change| (change.from, change.to) == (from_state, to_state));
        let tone = if taken && state == to_state {
            Tone::Active
        } else {
            Tone::Plain
        };
        Edge::new(from, to, words).tone(tone)
    };
    let states = [
        scene::State::new(open, Tone::Refused).note("calls refused"),
        scene::State::new("HALF_OPEN", Tone::Pending).note(match breaker.trial() {
            Some(trial) => format!("{} in, {} out", trial.tally.calls, trial.in_flight),
            None => "calls on trial".to_owned(),
        }),
        scene::State::new(closed.0, closed.1).note("calls pass"),
    ];
    scene
        .state_machine("states", frame, states)
        .label("Circuit breaker")
        .edge(edge(
            (CLOSED, State::Closed),
            (OPEN, State::Open),
            "threshold",
        ))
        .edge(edge(
            (OPEN, State::Open),
            (HALF_OPEN, State::HalfOpen),
            "wait over",
        ))
        .edge(edge(
            (HALF_OPEN, State::HalfOpen),
            (OPEN, State::Open),
            "trial fails",
        ))
        .edge(edge(
            (HALF_OPEN, State::HalfOpen),
            (CLOSED, State::Closed),
            "trial passes",
        ))
        .current(current)
        .with(left, Placed::<scene::StateMachine>::timer)
        .when(state == State::Disabled, Placed::dim);
}

/// Positions of the states in the picture.
const OPEN: usize = 0;
const HALF_OPEN: usize = 1;
const CLOSED: usize = 2;

/// Why the breaker is open.
fn why(model: &Model) -> Option<String> {
    let change = model
        .last_change()
        .filter(|change| change.to == model.breaker().state() && change.to == State::Open)?;
    Some(match change.cause {
        Cause::FailuresInARow(1) => "1 failure".to_owned(),
        Cause::FailuresInARow(failures) => format!("{failures} failures in a row"),
        Cause::RateReached {
            tally:
                Tally {
                    calls,
                    failed,
                    slow,
                },
            by_failures,
            ..
        } => {
            if by_failures {
                format!("{failed} of {calls} failed")
            } else {
                format!("{slow} of {calls} slow")
            }
        }
        Cause::TrialFailed => "a trial call failed".to_owned(),
        Cause::TrialTimedOut => "trial undecided".to_owned(),
        Cause::WaitOver | Cause::TrialPassed(_) | Cause::ByHand => "by hand".to_owned(),
    })
}

fn draw_dependency(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let status = world.network().status(DEPENDENCY);
    let (health, _) = model.dependency().health();
    let factor = model.knobs().slow_factor;
    let (tone, words) = match (status, health) {
        (Status::Crashed, _) => (Tone::Failed, "crashed".to_owned()),
        (Status::Paused, _) => (Tone::Idle, "paused".to_owned()),
        (Status::Up, Health::Well) => (Tone::Good, "well".to_owned()),
        (Status::Up, Health::Ill(Trouble::Slow)) => (Tone::Stale, format!("{factor} times slower")),
        (Status::Up, Health::Ill(Trouble::Errors)) => (Tone::Failed, "only errors".to_owned()),
        (Status::Up, Health::Ill(Trouble::Hang)) => (Tone::Failed, "hangs".to_owned()),
    };
    let placed = scene
        .group("dependency", frame, "Dependency")
        .tone(tone)
        .describe(format!("The dependency: {words}."));
    let placed = match health {
        Health::Well => placed
            .menu("Slow it down", Call::new("slow"))
            .menu("Break it", Call::new("break"))
            .menu("Let it hang", Call::new("hang"))
            .menu("Let it flap", Call::new("flap")),
        Health::Ill(_) => placed.menu("Heal it", Call::new("heal")),
    };
    staging::with_faults(placed, world.network(), DEPENDENCY);

    let inside = frame.inside_group();
    let (chip, inside) = inside.take_top(24.0, 8.0);
    let (queue, workers) = inside.take_top(56.0, 8.0);
    let (workers, abandoned) = workers.take_top(82.0, 4.0);
    scene.chip("health", chip, words).tone(tone);
    let capacity = model.knobs().queue as usize;
    let waiting = model.dependency().queue();
    let slots = waiting.iter().map(|task| {
        Slot::from(if model.is_waited_for(task.call) {
            Tone::Active
        } else {
            Tone::Idle
        })
    });
    scene
        .queue("queue", queue, slots)
        .label("Queue")
        .capacity(capacity)
        .axis(Axis::Across)
        .describe(format!(
            "{} for a worker; there is room for {capacity}.",
            counted(waiting.len(), ["call waits", "calls wait"])
        ));
    let tasks = model.dependency().workers().iter().flatten();
    let lost = tasks
        .chain(waiting)
        .filter(|task| !model.is_waited_for(task.call))
        .count();
    if lost > 0 && abandoned.h >= 16.0 {
        scene
            .text("abandoned", abandoned, format!("{lost} of them for nobody"))
            .caption();
    }
    let cells = model
        .dependency()
        .workers()
        .iter()
        .map(|worker| match worker {
            None => Cell::from(Tone::Idle),
            Some(task) if model.is_waited_for(task.call) => Cell::from(Tone::Active),
            Some(_) => Cell::from(Tone::Stale),
        });
    let busy = model.dependency().workers().iter().flatten().count();
    let columns = if model.dependency().workers().len() > 8 {
        8
    } else {
        4
    };
    scene
        .cells("workers", workers, cells)
        .label("Workers")
        .columns(columns)
        .describe(format!(
            "Busy workers: {busy} of {}.",
            model.dependency().workers().len()
        ));
}

/// The calls a closed breaker looks back on; while it is open, those that opened it.
fn draw_window(model: &Model, scene: &mut SceneBuilder, frame: Rect, now: SimTime) {
    let window = model.breaker().window();
    let by_second = matches!(window.size(), WindowSize::Seconds(_));
    let cells: Vec<Cell> = window
        .slots(now)
        .map(|slot| {
            if by_second {
                second_cell(slot)
            } else {
                call_cell(slot)
            }
        })
        .collect();
    let label = match model.knobs().rule {
        Rule::Row if cells.len() == 1 => "Last call: a failure opens".to_owned(),
        Rule::Row => format!("Last {} calls: all failed opens", cells.len()),
        Rule::Calls => last(cells.len(), ["call", "calls"]),
        Rule::Seconds => {
            let seconds = last(cells.len(), ["second", "seconds"]);
            format!("{seconds}: failed / calls")
        }
    };
    let one_row = if scene.is_tall() { 25 } else { 10 };
    let rows = cells.len().div_ceil(25);
    let rows = rows.max(cells.len().div_ceil(one_row).min(2));
    let columns = cells.len().div_ceil(rows);
    let tally = window.tally(now);
    scene
        .cells("window", frame, cells)
        .label(label)
        .columns(columns)
        .describe(format!(
            "The window holds {}: {} failed, {} slow.",
            counted(tally.calls, ["call", "calls"]),
            tally.failed,
            tally.slow
        ))
        .when(!model.knobs().forgets, |strip| {
            let all = format!("{} of {} failed", tally.failed, tally.calls);
            strip.badge(Badge::new(all, Tone::Stale))
        })
        .when(!is_window_telling(model), Placed::dim);
}

/// The last so many: of one it goes without saying.
fn last(count: usize, names: [&str; 2]) -> String {
    match count {
        1 => format!("Last {}", names[0]),
        _ => format!("Last {}", counted(count, names)),
    }
}

/// Whether the window decides, or has decided, what the breaker is.
fn is_window_telling(model: &Model) -> bool {
    match model.breaker().state() {
        State::Closed | State::Open => true,
        State::HalfOpen | State::ForcedOpen | State::Disabled => false,
    }
}

fn call_cell(slot: Tally) -> Cell {
    Cell::from(match slot {
        Tally { calls: 0, .. } => Tone::Idle,
        Tally { failed: 1.., .. } => Tone::Failed,
        Tally { slow: 1.., .. } => Tone::Stale,
        Tally { .. } => Tone::Good,
    })
}

fn second_cell(slot: Tally) -> Cell {
    if slot.calls == 0 {
        return Cell::from(Tone::Idle);
    }
    let tone = if slot.failed * 2 >= slot.calls {
        Tone::Failed
    } else if slot.slow * 2 >= slot.calls {
        Tone::Stale
    } else {
        Tone::Good
    };
    Cell::new(format!("{}/{}", slot.failed, slot.calls), tone)
}

/// The trial under way: results, calls that are out, places left; calls that were given up
/// without a word to the breaker are out for ever.
fn draw_trial(model: &Model, scene: &mut SceneBuilder, frame: Rect) {
    let places = model.knobs().trials as usize;
    let trial = model.breaker().trial();
    let (good, bad, out) = trial.map_or((0, 0, 0), |trial| {
        let bad = trial.tally.failed as usize;
        (
            trial.tally.calls as usize - bad,
            bad,
            trial.in_flight as usize,
        )
    });
    let known = (good + bad + out).min(48);
    let lost = model.trials_lost();
    let cells = std::iter::repeat_n(Tone::Good, good)
        .chain(std::iter::repeat_n(Tone::Failed, bad))
        .chain(std::iter::repeat_n(Tone::Pending, out - lost))
        .chain(std::iter::repeat_n(Tone::Stale, lost))
        .take(known)
        .map(Cell::from)
        .chain((known..places).map(|_| Cell::from(Tone::Idle).dashed()));
    let over = out > places;
    // Held upright there is no room for both numbers in the badge.
    let (label, beyond) = match scene.is_tall() {
        true => (format!("Trial of {places}"), format!("{out} out")),
        false => ("Trial".to_owned(), format!("{out} out, {places} permitted")),
    };
    scene
        .cells("trial", frame, cells)
        .label(label)
        .columns(if known.max(places) > 12 { 12 } else { 6 })
        .when(over, |strip| strip.badge(Badge::new(beyond, Tone::Failed)))
        .when(lost > 0, |strip| {
            strip.badge(Badge::new(format!("{lost} lost"), Tone::Failed))
        })
        .describe(match trial {
            Some(_) => {
                format!(
                    "Of {} {good} went well, {bad} failed; out: {out}.",
                    counted(places, ["trial call", "trial calls"])
                )
            }
            None => format!(
                "No trial; the next one takes {}.",
                counted(places, ["call", "calls"])
            ),
        })
        .when(trial.is_none(), Placed::dim);
}

fn draw_rates(model: &Model, scene: &mut SceneBuilder, layout: &Layout, now: SimTime) {
    let settings = model.breaker().settings();
    let tally = model.breaker().window().tally(now);
    let defined = model.breaker().rates(now).is_some();
    let minimum = match settings.trip {
        TripRule::Consecutive { failures } => failures,
        TripRule::Rates {
            window: WindowSize::Calls(size),
            minimum_calls,
        } => minimum_calls.min(size),
        TripRule::Rates {
            window: WindowSize::Seconds(_),
            minimum_calls,
        } => minimum_calls,
    };
    let mut gauge =
        |id: &str, frame: Rect, label: &str, part: u32, threshold: u32, relevant: bool| {
            let percent = 100.0 * f64::from(part) / f64::from(tally.calls.max(1));
            let reading = if defined {
                format!("{} %", fixed(percent, 0))
            } else {
                format!("{} of {}", tally.calls, counted(minimum, ["call", "calls"]))
            };
            let reached = defined && relevant && percent >= f64::from(threshold);
            scene
                .gauge(id, frame, if defined { percent } else { 0.0 }, (0.0, 100.0))
                .label(label)
                .reading(reading)
                .tone(if reached {
                    Tone::Refused
                } else if part > 0 && defined {
                    Tone::Stale
                } else {
                    Tone::Plain
                })
                .when(relevant, |gauge| {
                    gauge.mark(
                        Mark::new(f64::from(threshold), format!("opens at {threshold} %"))
                            .tone(Tone::Refused),
                    )
                })
                .when(!relevant || !is_window_telling(model), Placed::dim);
        };
    let knobs = model.knobs();
    let row = knobs.rule == Rule::Row;
    let (failure, slow) = if row {
        (100, 100)
    } else {
        (knobs.failure_rate, knobs.slow_rate)
    };
    gauge(
        "failure-rate",
        layout.failures,
        "Failure rate",
        tally.failed,
        failure,
        true,
    );
    gauge(
        "slow-rate",
        layout.slowness,
        "Slow-call rate",
        tally.slow,
        slow,
        !row && knobs.slow_counts,
    );
}

fn draw_answers(model: &Model, world: &World<Event>, scene: &mut SceneBuilder, frame: Rect) {
    let read = |metric: Metric| world.metrics().value(metric);
    let bystanders = read(knobs::BYSTANDERS);
    let turned_away = read(knobs::TURNED_AWAY);
    let mut bars = vec![
        Bar::new("answered", read(knobs::ANSWERED), Tone::Good),
        Bar::new("fallback", read(knobs::FALLEN_BACK), Tone::Stale),
        Bar::new("error", read(knobs::FAILED), Tone::Failed),
        Bar::new("no thread", turned_away, Tone::Failed),
    ];
    if model.knobs().instead == Instead::Return {
        bars[1] = Bar::new("will return", f64::from(model.away()), Tone::Refused);
    }
    scene
        .bars("answers", frame, bars)
        .label("Users got")
        .axis(Axis::Down)
        .max(read(knobs::ARRIVED).max(1.0))
        .when(bystanders > 0.0, |bars| {
            let words = counted(bystanders as u64, ["bystander", "bystanders"]);
            bars.badge(Badge::new(words, Tone::Failed))
        });
}

/// Messages between users and service, and between breaker and dependency.
fn draw_messages(world: &World<Event>, scene: &mut SceneBuilder) {
    for flight in world.flights() {
        let (from, to) = match (flight.from, flight.to) {
            (USERS, _) => ("users", "service"),
            (SERVICE, USERS) => ("service", "users"),
            (SERVICE, _) => ("breaker", "dependency"),
            (_, _) => ("dependency", "breaker"),
        };
        staging::message(scene, &flight, from, to)
            .describe(format!("{} on its way from {from} to {to}.", flight.label));
    }
}
