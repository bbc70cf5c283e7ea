//! The cluster: servers with their disks and clocks, clients, and what travels between them.
//!
//! It owns what the algorithm leaves to its caller: sending, writing to disk, timers and their
//! chance. What clients do stands in [`clients`]; which promises hold, in [`audit`].

pub(super) mod audit;
pub(super) mod clients;
pub(super) mod host;

use std::borrow::Cow;

use super::algorithm::{
    Body, Change, Command, Deed, Durable, Effects, Entry, Index, Input, Log, Members, Message,
    Note, Payload, Rejection, Server, ServerId, Store, Term, Timer,
};
use super::knobs::{
    Action, Begin, COMMIT_TIME, ELECTION_TIME, ELECTIONS, Knobs, LEADERS, LEADING, LED, MESSAGES,
    METRICS, OVERRULED, ReadBy, SNAPSHOTS, SYNCS, TERM,
};
use super::scene;
use super::steps::{Step, What};
use crate::prelude::*;
use audit::Audit;
pub use clients::Reply;
use clients::{Client, request_words};
use host::{Host, Out};

/// Something that happens in the cluster.
#[derive(Debug, Clone, Hash)]
pub enum Event {
    /// A message between servers.
    Wire {
        /// Its sender.
        from: ServerId,
        /// Its receiver.
        to: ServerId,
        /// What it says.
        message: Message<Store>,
    },
    /// A wait of a server may be over.
    Alarm {
        /// Which server.
        server: ServerId,
        /// Which wait.
        timer: Timer,
        /// When, by the server's clock.
        at: SimTime,
    },
    /// A server's disk has written what it was given.
    Synced(ServerId),
    /// A client turns to its next request.
    Next(u16),
    /// To a server: what a client wants.
    Ask {
        /// Which server.
        to: ServerId,
        /// What is wanted.
        request: Command,
    },
    /// To a client: an answer.
    Told {
        /// Which client.
        client: u16,
        /// Its count of the request that is answered.
        serial: u32,
        /// The server that answers.
        from: ServerId,
        /// The answer.
        reply: Reply,
    },
    /// A client has waited for long enough.
    Impatient {
        /// Which client.
        client: u16,
        /// Its count of the request.
        serial: u32,
        /// After which attempt.
        attempt: u32,
    },
    /// A server fails by itself.
    Fails(ServerId),
    /// A server that failed by itself is back.
    Recovers(ServerId),
}

impl crate::simulation::Event for Event {
    fn label(&self) -> Cow<'static, str> {
        let text = match self {
            Self::Wire { message, .. } => return wire_label(message),
            Self::Alarm { timer, .. } => match timer {
                Timer::Election => "patience",
                Timer::Heartbeat => "heartbeat",
                Timer::Quorum => "count",
            },
            Self::Synced(_) => "on disk",
            Self::Fails(_) => "failure",
            Self::Recovers(_) => "back",
            Self::Next(_) => "next",
            Self::Ask { request, .. } => return Cow::Owned(request_words(request)),
            Self::Told { reply, .. } => return reply.words(),
            Self::Impatient { .. } => "no answer",
        };
        Cow::Borrowed(text)
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Wire { message, .. } => wire_tone(&message.body),
            Self::Ask { .. } => Tone::Plain,
            Self::Told { reply, .. } => match reply {
                Reply::Answer(_) => Tone::Good,
                Reply::Elsewhere(_) => Tone::Stale,
            },
            Self::Impatient { .. } => Tone::Stale,
            Self::Fails(_) => Tone::Failed,
            Self::Alarm { .. } | Self::Synced(_) | Self::Recovers(_) | Self::Next(_) => Tone::Idle,
        }
    }
}

fn wire_label(message: &Message<Store>) -> Cow<'static, str> {
    let text = match &message.body {
        Body::Ask(ask) if ask.pre => "could I?",
        Body::Ask(_) => return Cow::Owned(format!("vote in {}?", message.term)),
        Body::Vote { granted: true, .. } => "yes",
        Body::Vote { granted: false, .. } => "no",
        Body::Append(append) => match append.entries.as_slice() {
            [] => "♥",
            [one] => return Cow::Owned(entry_words(one)),
            [_, rest @ ..] => return Cow::Owned(format!("{} entries", rest.len() + 1)),
        },
        Body::Appended {
            found: Ok(upto), ..
        } => return Cow::Owned(format!("has {upto}")),
        Body::Appended { found: Err(_), .. } => "does not fit",
        Body::Install { snapshot, .. } => {
            return Cow::Owned(format!("snapshot of {}", snapshot.index));
        }
        Body::StandNow => "stand now",
    };
    Cow::Borrowed(text)
}

/// What an entry says, in a few signs.
pub(super) fn entry_words(entry: &Entry<Command>) -> String {
    match &entry.payload {
        Payload::Blank => "–".to_owned(),
        Payload::Command(command) => match command.deed {
            Deed::Read => format!("{}?", key_name(command.key)),
            Deed::Write(value) | Deed::Swap { to: value, .. } => {
                format!("{}{value}", key_name(command.key))
            }
        },
        Payload::Members(members) => format!("{}S", members.len()),
    }
}

/// The letter of a register.
pub(super) fn key_name(key: u8) -> char {
    match key {
        0 => 'x',
        1 => 'y',
        2 => 'z',
        _ => 'w',
    }
}

const fn wire_tone(body: &Body<Store>) -> Tone {
    match body {
        Body::Ask(_) | Body::StandNow => Tone::Active,
        Body::Vote { granted: true, .. } => Tone::Good,
        Body::Vote { granted: false, .. } => Tone::Refused,
        Body::Append(append) => {
            if append.entries.is_empty() {
                Tone::Idle
            } else {
                Tone::Leader
            }
        }
        Body::Install { .. } => Tone::Leader,
        Body::Appended { found: Ok(_), .. } => Tone::Idle,
        Body::Appended { found: Err(_), .. } => Tone::Refused,
    }
}

/// The running cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(super) knobs: Knobs,
    pub(super) hosts: Vec<Host>,
    pub(super) clients: Vec<Client>,
    pub(super) audit: Audit,
    /// Values written so far: each write has one of its own.
    pub(super) values: u32,
    /// Reads that servers have taken on without an entry.
    pub(super) reads: u64,
    /// When the last leader was lost; none while there is one.
    leaderless: Option<SimTime>,
    /// Memory for what a step does; none while it is in use.
    effects: Option<Box<Effects<Store>>>,
}

pub(super) type Cx<'a> = Context<'a, Cluster>;

const TIMEOUTS: Stream = Stream::named("timeouts");
const FAILURES: Stream = Stream::named("failures");

/// How much is lost in a crash where servers do not wait for their disks: what was written since
/// the operating system last wrote by itself.
const WRITE_BACK: Span = Span::from_secs(5);

/// Servers with all that joined.
const MOST_SERVERS: usize = 9;

impl Simulation for Cluster {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Step;

    fn start(knobs: &Knobs, cx: &mut Cx<'_>) -> Self {
        cx.network().set_default_profile(knobs.profile());
        let mut cluster = Self {
            knobs: knobs.clone(),
            hosts: Vec::new(),
            clients: Vec::new(),
            audit: Audit::new(knobs.keys as usize),
            values: 0,
            reads: 0,
            leaderless: Some(SimTime::ZERO),
            effects: None,
        };
        let members: Members = (0..knobs.servers as u16).map(ServerId).collect();
        for at in 0..knobs.servers {
            let disk = beginning(knobs.begin, at as usize);
            cluster.new_host(disk, members.clone(), cx);
        }
        for at in 0..knobs.clients as u16 {
            let node = cx.add_node(format!("Client {}", at + 1));
            cluster
                .clients
                .push(Client::new(node, clients::first_asked(knobs, at)));
            cx.schedule(clients::first_pause(knobs, at), Event::Next(at));
        }
        cluster.audit.look_at_disks(&cluster.hosts);
        if knobs.begin == Begin::Led {
            // Timeouts are never refused.
            let _ = cluster.step(ServerId(0), Input::Timeout(Timer::Election), cx);
        }
        cluster.look_around(cx);
        cluster
    }

    // Compiled into the engine's loop, what an event holds would be taken apart and put together again.
    #[inline(never)]
    fn on_event(&mut self, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Wire { from, to, message } => {
                let input = Input::Message { from, message };
                // Messages are never refused.
                let _ = self.step(to, input, cx);
            }
            Event::Alarm { server, timer, at } => self.alarm(server, timer, at, cx),
            Event::Synced(server) => self.synced(server, cx),
            Event::Fails(server) => self.fails(server, cx),
            Event::Recovers(server) => self.recovers(server, cx),
            Event::Next(client) => self.next_request(client, cx),
            Event::Ask { to, request } => self.asked(to, request, cx),
            Event::Told {
                client,
                serial,
                from,
                reply,
            } => self.told(client, serial, (from, reply), cx),
            Event::Impatient {
                client,
                serial,
                attempt,
            } => self.impatient(client, serial, attempt, cx),
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        match action {
            Action::Write { client, key } => self.ask_client(client, key, true, cx),
            Action::Read { client, key } => self.ask_client(client, key, false, cx),
            Action::Timeout { node } => self.time_out(node, cx),
            Action::AddServer {} => self.add_server(cx),
            Action::RemoveServer { node } => {
                let server = self.server_at(node)?;
                self.at_leader(Input::Change(Change::Remove(server)), cx)
            }
            Action::Transfer { node } => {
                let server = self.server_at(node)?;
                self.at_leader(Input::Transfer(server), cx)
            }
        }?;
        // Whoever is elected has the time again.
        self.audit.disturb(cx.now());
        Ok(())
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Cx<'_>) {
        let patience = self.knobs.election + self.knobs.random_part();
        self.audit.is_patient_until(cx.now() + patience);
        self.knobs = knobs.clone();
        cx.network().set_default_profile(knobs.profile());
        self.wake_clients(cx);
        for host in &mut self.hosts {
            if let Some(server) = &mut host.server {
                server.set_options(knobs.options());
            }
        }
        self.disturbed(cx);
    }

    fn on_fault(&mut self, fault: &Fault, cx: &mut Cx<'_>) {
        if let Fault::Skew {
            node, rate_percent, ..
        } = *fault
            && let Some(host) = self.hosts.iter_mut().find(|host| host.node == node)
        {
            host.clock.run_at(cx.now(), rate_percent);
        }
        self.disturbed(cx);
    }

    fn on_crash(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        self.crashed(node, cx);
        self.disturbed(cx);
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        self.restarted(node, cx);
        self.disturbed(cx);
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        audit::PROPERTIES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        scene::draw(self, world, scene);
    }
}

/// What a server has on disk at the start.
fn beginning(begin: Begin, at: usize) -> Durable<Store> {
    /// The terms of the entries in figure 7: the leader of term 8, then followers a to f.
    const FIGURE_7: [&[u64]; 7] = [
        &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
        &[1, 1, 1, 4, 4, 5, 5, 6, 6],
        &[1, 1, 1, 4],
        &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        &[1, 1, 1, 4, 4, 4, 4],
        &[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    let terms: &[u64] = match begin {
        Begin::Empty | Begin::Led => &[],
        Begin::Figure7 => FIGURE_7.get(at).copied().unwrap_or_default(),
    };
    let entries = terms.iter().map(|&term| Entry {
        term: Term(term),
        payload: Payload::Blank,
    });
    let last = terms.last().copied().unwrap_or(0);
    Durable {
        // The one that is to lead has seen term 7 and stands for term 8.
        term: Term(if at == 0 && last > 0 { 7 } else { last }),
        vote: None,
        log: Log::of(entries.collect()),
    }
}

/// Lets something happen after a memoryless time with this mean.
fn after_about(mean: Span, event: Event, cx: &mut Cx<'_>) {
    let after = Duration::Exponential(mean).sample(cx.rng(FAILURES));
    cx.schedule(after, event);
}

// What servers do.
impl Cluster {
    fn new_host(&mut self, disk: Durable<Store>, members: Members, cx: &mut Cx<'_>) -> ServerId {
        let id = ServerId(self.hosts.len() as u16);
        let node = cx.add_node(id.to_string());
        let mut host = Host::new(node, cx.now(), disk, members);
        let slower = if id.0 == 0 { self.knobs.drift } else { 0 };
        if slower > 0 {
            let now = cx.now();
            cx.network().skew(node, now, 0, 100 - slower);
            host.clock.run_at(now, 100 - slower);
        }
        host.server = Some(Server::with_disk(
            id,
            self.knobs.options(),
            host.first_members.clone(),
            Store::new(self.knobs.sessions),
            host.disk.clone(),
        ));
        self.hosts.push(host);
        self.audit.joins();
        self.start_timer(id, Timer::Election, cx);
        if !self.knobs.uptime.is_zero() {
            after_about(self.knobs.uptime, Event::Fails(id), cx);
        }
        id
    }

    /// A server fails, if it has not crashed already; after a while it will be back.
    fn fails(&mut self, id: ServerId, cx: &mut Cx<'_>) {
        let node = self.hosts[usize::from(id.0)].node;
        if cx.inflict(&Fault::Crash { node }).is_ok() {
            cx.say_with(|| What::Failed(id).at(node));
            self.on_crash(node, cx);
        }
        after_about(self.knobs.downtime, Event::Recovers(id), cx);
    }

    /// A server is back, if nobody has restarted it; after a while it will fail again.
    fn recovers(&mut self, id: ServerId, cx: &mut Cx<'_>) {
        let node = self.hosts[usize::from(id.0)].node;
        if cx.inflict(&Fault::Restart { node }).is_ok() {
            self.on_restart(node, cx);
        }
        after_about(self.knobs.uptime, Event::Fails(id), cx);
    }

    /// Lets a server take a step and carries out what comes of it.
    pub(super) fn step(
        &mut self,
        id: ServerId,
        input: Input<Store>,
        cx: &mut Cx<'_>,
    ) -> Result<(), Rejection> {
        let mut effects = self.effects.take().unwrap_or_default();
        let host = &mut self.hosts[usize::from(id.0)];
        let Some(server) = host.server.as_mut() else {
            self.effects = Some(effects);
            return Ok(());
        };
        let now = host.clock.read(cx.now());
        let before = audit::Before::of(server);
        let is_command = matches!(input, Input::Command(_));
        let done = server.step(now, input, &mut effects);
        if is_command && done.is_ok() {
            let index = server.log().last_index();
            host.proposed.push_back((index, server.term(), cx.now()));
        }
        let settled = server.commit() - server.log().snapshot_index();
        let may_compact = self.knobs.snapshot > 0 && settled >= u64::from(self.knobs.snapshot);
        let turned = before.differs(server);
        let committed = self.audit.look(id, &before, server, &effects);
        if committed > 0 {
            cx.count(super::knobs::COMMITTED, committed);
        }
        self.carry_out(id, &mut effects, cx);
        effects.clear();
        self.effects = Some(effects);
        if turned {
            self.look_around(cx);
        }
        if may_compact {
            // Nobody refuses to make room.
            let _ = self.step(id, Input::Compact, cx);
        }
        done
    }

    /// Saves, then sends and answers; timers start anew at once.
    fn carry_out(&mut self, id: ServerId, effects: &mut Effects<Store>, cx: &mut Cx<'_>) {
        for at in 0..effects.notes.len() {
            self.note(id, effects.notes[at], cx);
        }
        for at in 0..effects.reset.len() {
            self.start_timer(id, effects.reset[at], cx);
        }
        let write = effects.save.take();
        if write.is_some() {
            cx.count(SYNCS, 1);
        }
        let host = &mut self.hosts[usize::from(id.0)];
        let waits_for_nothing = host.is_idle() && (write.is_none() || self.knobs.disk.is_zero());
        if !self.knobs.sync || waits_for_nothing {
            let wrote = write.is_some();
            match write {
                Some(write) if self.knobs.sync => host.disk.write(write),
                Some(write) => host.queue(Some(write), Vec::new()),
                None => {}
            }
            for (to, message) in effects.send.drain(..) {
                self.post(id, to, message, cx);
            }
            // Most steps answer no client.
            if !effects.applied.is_empty() || !effects.reads.is_empty() {
                let mut out = Vec::new();
                self.answers(id, effects, &mut out);
                self.release(id, out, cx);
            }
            if wrote {
                self.tell_saved(id, cx);
            }
        } else {
            let wires = effects.send.drain(..);
            let mut out = wires.map(|(to, message)| Out::Wire(to, message)).collect();
            self.answers(id, effects, &mut out);
            self.hosts[usize::from(id.0)].queue(write, out);
        }
        self.start_sync(id, cx);
    }

    /// Sends a message to another server.
    fn post(&mut self, from: ServerId, to: ServerId, message: Message<Store>, cx: &mut Cx<'_>) {
        cx.count(MESSAGES, 1);
        let node = |id: ServerId| self.hosts[usize::from(id.0)].node;
        let wire = Event::Wire { from, to, message };
        cx.send(node(from), node(to), wire);
    }

    /// Sends what was to wait for the disk.
    fn release(&mut self, id: ServerId, out: Vec<Out>, cx: &mut Cx<'_>) {
        let own = self.hosts[usize::from(id.0)].node;
        for out in out {
            match out {
                Out::Wire(to, message) => self.post(id, to, message, cx),
                Out::Told(client, serial, reply) => {
                    let node = self.clients[usize::from(client)].node;
                    let told = Event::Told {
                        client,
                        serial,
                        from: id,
                        reply,
                    };
                    cx.send(own, node, told);
                }
            }
        }
    }

    fn start_sync(&mut self, id: ServerId, cx: &mut Cx<'_>) {
        let takes = if self.knobs.sync {
            self.knobs.disk
        } else {
            WRITE_BACK
        };
        let host = &mut self.hosts[usize::from(id.0)];
        if host.syncing == 0 && !host.writes.is_empty() {
            // What waits by now goes to disk together.
            host.syncing = host.writes.len();
            cx.timer(host.node, takes, Event::Synced(id));
        }
    }

    fn synced(&mut self, id: ServerId, cx: &mut Cx<'_>) {
        let host = &mut self.hosts[usize::from(id.0)];
        let done = std::mem::take(&mut host.syncing);
        for _ in 0..done {
            let Some(writing) = self.hosts[usize::from(id.0)].writes.pop_front() else {
                break;
            };
            let wrote = writing.write.is_some();
            if let Some(write) = writing.write {
                self.hosts[usize::from(id.0)].disk.write(write);
            }
            self.release(id, writing.out, cx);
            if wrote {
                self.tell_saved(id, cx);
            }
        }
        self.start_sync(id, cx);
    }

    /// Tells a leader that decides alone what it has on its disk, or, where it does not wait for that,
    /// takes to be there.
    fn tell_saved(&mut self, id: ServerId, cx: &mut Cx<'_>) {
        let host = &self.hosts[usize::from(id.0)];
        let leader = host.server.as_ref().filter(|server| server.is_leader());
        let Some(leader) = leader.filter(|server| server.is_majority()) else {
            return;
        };
        let upto = if self.knobs.sync {
            host.disk.log.last_index()
        } else {
            leader.log().last_index()
        };
        // What is told is never refused.
        let _ = self.step(id, Input::Saved(upto), cx);
    }

    fn start_timer(&mut self, id: ServerId, timer: Timer, cx: &mut Cx<'_>) {
        let after = match timer {
            Timer::Election => {
                let most = self.knobs.random_part().as_nanos();
                let stream = TIMEOUTS.of(u32::from(id.0));
                let drawn = cx.rng(stream).below(most.saturating_add(1));
                let random = if self.knobs.chance { drawn } else { 0 };
                self.knobs.election + Span::from_nanos(random)
            }
            Timer::Heartbeat => self.knobs.heartbeat,
            Timer::Quorum => self.knobs.election,
        };
        let host = &mut self.hosts[usize::from(id.0)];
        let now = host.clock.read(cx.now());
        if let Some(wait) = host.wait(timer, now, after) {
            let at = now + wait;
            let server = id;
            cx.timer(host.node, wait, Event::Alarm { server, timer, at });
        }
    }

    /// A timer of the kernel has fired; the wait that it was started for may have begun anew.
    fn alarm(&mut self, id: ServerId, timer: Timer, at: SimTime, cx: &mut Cx<'_>) {
        let host = &mut self.hosts[usize::from(id.0)];
        let now = host.clock.read(cx.now());
        match host.fired(timer, at, now) {
            host::Fired::Stale => {}
            host::Fired::Early(wait) => {
                let (at, server) = (now + wait, id);
                cx.timer(host.node, wait, Event::Alarm { server, timer, at });
            }
            host::Fired::Due => {
                // Timeouts are never refused.
                let _ = self.step(id, Input::Timeout(timer), cx);
            }
        }
    }

    fn note(&mut self, id: ServerId, note: Note, cx: &mut Cx<'_>) {
        match note {
            Note::Stands(term) => {
                cx.count(ELECTIONS, 1);
                cx.gauge(TERM, self.audit.see_term(term).0 as f64);
            }
            Note::Leads(_) => {
                cx.count(LEADERS, 1);
                self.take_back_removals(id);
            }
            Note::StepsDown(_) | Note::LosesQuorum => {
                self.hosts[usize::from(id.0)].proposed.clear();
            }
            Note::Truncates(_) => cx.count(OVERRULED, 1),
            Note::SendsSnapshot(..) => cx.count(SNAPSHOTS, 1),
            Note::Commits(upto) => self.commits(id, upto, cx),
            Note::Changes(Change::Remove(gone)) => self.hosts[usize::from(gone.0)].removed = true,
            Note::Changes(Change::Add(new)) => self.hosts[usize::from(new.0)].removed = false,
            Note::Canvasses(_)
            | Note::Votes(..)
            | Note::Denies(..)
            | Note::Follows(_)
            | Note::Conflicts(_)
            | Note::BacksUp(..)
            | Note::Compacts(_)
            | Note::Installs(_)
            | Note::CatchesUp(_)
            | Note::GivesUpOn(_)
            | Note::HandsOver(_)
            | Note::GoesOnWithout(_)
            | Note::ToldToStand
            | Note::Leaves => {}
        }
        let host = &mut self.hosts[usize::from(id.0)];
        host.remember(note, cx.event(), cx.now());
        let term = host.server.as_ref().map_or(Term(0), Server::term);
        let node = host.node;
        let server = id;
        cx.say_with(|| What::Noted { server, term, note }.at(node));
    }

    fn commits(&mut self, id: ServerId, upto: Index, cx: &mut Cx<'_>) {
        let host = &mut self.hosts[usize::from(id.0)];
        let term = host.server.as_ref().map(Server::term);
        while let Some(&(index, of, since)) = host.proposed.front() {
            if index > upto {
                break;
            }
            host.proposed.pop_front();
            if Some(of) == term {
                cx.observe(COMMIT_TIME, (cx.now() - since).as_secs_f64() * 1e3);
            }
        }
    }

    /// Sees whether anyone leads a majority, and whether anyone could.
    fn look_around(&mut self, cx: &mut Cx<'_>) {
        let led = self.audit.look_around(&self.knobs, &self.hosts, cx.world());
        match (led, self.leaderless) {
            (true, Some(since)) => {
                cx.observe(ELECTION_TIME, (cx.now() - since).as_secs_f64() * 1e3);
                self.leaderless = None;
            }
            (false, None) => self.leaderless = Some(cx.now()),
            (true, None) | (false, Some(_)) => {}
        }
        cx.gauge(LED, f64::from(u8::from(led)));
        let leads = |host: &&Host| {
            let server = host.server.as_ref();
            cx.world().network().is_up(host.node) && server.is_some_and(Server::is_leader)
        };
        let leading = self.hosts.iter().filter(leads).count();
        cx.gauge(LEADING, leading as f64);
    }
}

// What a person and the world do to servers.
impl Cluster {
    /// The server at a node.
    fn server_at(&self, node: NodeId) -> Result<ServerId, Refusal> {
        let found = self.hosts.iter().position(|host| host.node == node);
        found.map(|at| ServerId(at as u16)).ok_or_else(|| {
            let last = self.hosts.len();
            Refusal::from(format!("That is no server: choose one from S1 to S{last}."))
        })
    }

    /// The server that leads the latest term.
    pub(super) fn leader(&self) -> Option<ServerId> {
        let hosts = self.hosts.iter().enumerate();
        let leaders = hosts.filter_map(|(at, host)| {
            let server = host.server.as_ref().filter(|server| server.is_leader())?;
            Some((server.term(), ServerId(at as u16)))
        });
        leaders.max().map(|(_, id)| id)
    }

    /// The leader of the newest term, as a server.
    pub(super) fn leading(&self) -> Option<&Server<Store>> {
        let id = self.leader()?;
        self.hosts[usize::from(id.0)].server.as_ref()
    }

    /// Asks the leader for something.
    fn at_leader(&mut self, input: Input<Store>, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        let running = |id: &ServerId| {
            cx.world()
                .network()
                .is_up(self.hosts[usize::from(id.0)].node)
        };
        let Some(leader) = self.leader().filter(running) else {
            return Err("There is no leader now: wait for an election.".into());
        };
        let done = self.step(leader, input, cx);
        done.map_err(|rejection| {
            let advice = match rejection {
                Rejection::NotLeader(_)
                | Rejection::HandingOver(_)
                | Rejection::ChangeUnderWay
                | Rejection::TooEarly => "try again in a moment",
                Rejection::IsMember(_)
                | Rejection::NoMember(_)
                | Rejection::LastMember(_)
                | Rejection::Leads(_) => "choose another server",
            };
            format!("{leader} refuses, for {rejection}: {advice}.").into()
        })
    }

    fn time_out(&mut self, node: NodeId, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        let id = self.server_at(node)?;
        if !cx.network().is_up(node) {
            return Err(format!("{id} is not running: restart or resume it first.").into());
        }
        let host = &self.hosts[usize::from(id.0)];
        if let Some(server) = &host.server {
            if server.is_leader() {
                return Err(format!("{id} leads: it has nobody to wait for.").into());
            }
            if !server.may_stand() {
                return Err(format!("{id} has no vote: it stands for nothing.").into());
            }
        }
        cx.say_with(|| What::TimedOut(id).at(node));
        // Timeouts are never refused.
        let _ = self.step(id, Input::Timeout(Timer::Election), cx);
        Ok(())
    }

    /// A new leader may not have the entry with which a server was removed.
    fn take_back_removals(&mut self, leader: ServerId) {
        let Some(server) = &self.hosts[usize::from(leader.0)].server else {
            return;
        };
        let members = server.members().clone();
        for id in members {
            self.hosts[usize::from(id.0)].removed = false;
        }
    }

    fn add_server(&mut self, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        // One that was removed, or never got its vote, comes before a new one is made.
        let is_outside = |at: &usize| {
            let id = ServerId(*at as u16);
            let leader = self.leading().filter(|_| self.hosts[*at].server.is_some());
            leader.is_some_and(|leader| !leader.members().contains(&id))
        };
        if let Some(at) = (0..self.hosts.len()).find(is_outside) {
            let id = ServerId(at as u16);
            return self.at_leader(Input::Change(Change::Add(id)), cx);
        }
        if self.hosts.len() >= MOST_SERVERS {
            let refusal = format!("The stage holds {MOST_SERVERS} servers: remove one first.");
            return Err(refusal.into());
        }
        let id = self.new_host(Durable::default(), Members::new(), cx);
        self.at_leader(Input::Change(Change::Add(id)), cx)
    }

    /// Something interfered: whoever is elected has the time again.
    fn disturbed(&mut self, cx: &mut Cx<'_>) {
        self.audit.disturb(cx.now());
        self.look_around(cx);
    }

    fn crashed(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        if let Some(at) = self.hosts.iter().position(|host| host.node == node) {
            self.hosts[at].crash();
            self.audit.crashes(ServerId(at as u16));
        } else {
            self.client_crashed(node, cx);
        }
    }

    fn restarted(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        let Some(at) = self.hosts.iter().position(|host| host.node == node) else {
            return self.client_restarted(node, cx);
        };
        let id = ServerId(at as u16);
        let host = &mut self.hosts[at];
        if !self.knobs.keep_vote {
            host.disk.vote = None;
        }
        host.server = Some(Server::restart(
            host.clock.read(cx.now()),
            id,
            self.knobs.options(),
            host.first_members.clone(),
            Store::new(self.knobs.sessions),
            host.disk.clone(),
        ));
        let (term, last) = (host.disk.term, host.disk.log.last_index());
        let server = id;
        cx.say_with(|| What::Restarted { server, term, last }.at(node));
        self.start_timer(id, Timer::Election, cx);
    }

    /// Whether a read goes through the log.
    pub(super) fn reads_by_log(&self) -> bool {
        self.knobs.reads == ReadBy::Log
    }
}
