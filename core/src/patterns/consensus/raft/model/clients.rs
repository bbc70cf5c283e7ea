//! What clients do: one request after the other, asked again elsewhere until it is answered.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::host::Out;
use super::{Cluster, Cx, Event, key_name};
use crate::history::{Op, OpId, Outcome};
use crate::patterns::consensus::raft::algorithm::{
    Answer, Command, Deed, Effects, Input, ReadId, Rejection, Server, ServerId, Store,
};
use crate::patterns::consensus::raft::knobs::{ANSWER_TIME, Knobs, LOST, READS, WRITES};
use crate::patterns::consensus::raft::steps::What;
use crate::prelude::*;

/// What a client wants, in a few signs.
pub(in super::super) fn request_words(request: &Command) -> String {
    let key = key_name(request.key);
    match request.deed {
        Deed::Read => format!("{key}?"),
        Deed::Write(value) => format!("{key} := {value}"),
        Deed::Swap { from, to } => format!("{key}: {from} → {to}"),
    }
}

/// What a server tells a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    /// What came of the request.
    Answer(Answer),
    /// The server does not lead, and may know who does.
    Elsewhere(Option<ServerId>),
}

impl Reply {
    pub(in super::super) fn words(self) -> Cow<'static, str> {
        match self {
            Self::Answer(Answer::Value(Some(value))) => Cow::Owned(value.to_string()),
            Self::Answer(Answer::Value(None)) => Cow::Borrowed("nothing"),
            Self::Answer(Answer::Written | Answer::Swapped(true)) => Cow::Borrowed("done"),
            Self::Answer(Answer::Swapped(false)) => Cow::Borrowed("no"),
            Self::Answer(Answer::Outdated) => Cow::Borrowed("too late"),
            Self::Elsewhere(Some(leader)) => Cow::Owned(format!("ask {leader}")),
            Self::Elsewhere(None) => Cow::Borrowed("not me"),
        }
    }
}

/// A client.
#[derive(Debug, Clone)]
pub(in super::super) struct Client {
    /// Its node in the network.
    pub(in super::super) node: NodeId,
    /// What it waits for.
    pub(in super::super) doing: Option<Doing>,
    /// What it was told last, with the request.
    pub(in super::super) told: Option<(Command, Answer)>,
    serial: u32,
    /// What a person has asked it to do: which register, and whether to write.
    queue: VecDeque<(u8, bool)>,
    /// The server that it asks first.
    asks: ServerId,
    /// It will turn to its next request by itself.
    rests: bool,
}

/// A request under way.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Doing {
    pub(in super::super) request: Command,
    pub(in super::super) since: SimTime,
    pub(in super::super) attempt: u32,
}

/// A person can ask for so much ahead.
const MOST_QUEUED: usize = 20;

/// After so many waits a client gives up.
const WAITS: u64 = 20;

const DEEDS: Stream = Stream::named("clients");

/// When a client begins: not all at once.
pub(super) fn first_pause(knobs: &Knobs, at: u16) -> Span {
    knobs.pause * (u64::from(at) + 1) / u64::from(knobs.clients.max(1))
}

/// Whom a client asks first: they are spread over the servers.
pub(super) fn first_asked(knobs: &Knobs, at: u16) -> ServerId {
    let others = knobs.clients.saturating_sub(1).max(1);
    ServerId((u32::from(at) * (knobs.servers - 1) / others) as u16)
}

impl Client {
    pub(super) const fn new(node: NodeId, asks: ServerId) -> Self {
        Self {
            node,
            doing: None,
            told: None,
            serial: 0,
            queue: VecDeque::new(),
            asks,
            rests: true,
        }
    }
}

/// The name of an operation in the history.
const fn op_id(request: &Command) -> OpId {
    OpId((request.client as u64) << 32 | request.serial as u64)
}

impl Cluster {
    /// A client has rested.
    pub(super) fn next_request(&mut self, at: u16, cx: &mut Cx<'_>) {
        let client = &mut self.clients[usize::from(at)];
        client.rests = false;
        if client.doing.is_some() || !cx.network().is_up(client.node) {
            return;
        }
        let asked = client.queue.pop_front();
        let (key, writes) = match asked {
            Some(asked) => asked,
            None if self.knobs.busy => {
                let stream = DEEDS.of(u32::from(at));
                let key = cx.rng(stream).below(u64::from(self.knobs.keys)) as u8;
                let writes = cx.rng(stream).below(100) < u64::from(self.knobs.writes);
                (key, writes)
            }
            None => return,
        };
        self.begin(at, key, writes, cx);
    }

    /// Lets clients that rest for good go on by themselves.
    pub(super) fn wake_clients(&mut self, cx: &mut Cx<'_>) {
        for at in 0..self.clients.len() as u16 {
            let client = &self.clients[usize::from(at)];
            if client.doing.is_none() && !client.rests {
                self.rest(at, cx);
            }
        }
    }

    fn begin(&mut self, at: u16, key: u8, writes: bool, cx: &mut Cx<'_>) {
        let deed = if writes {
            self.values += 1;
            Deed::Write(self.values)
        } else {
            Deed::Read
        };
        let client = &mut self.clients[usize::from(at)];
        client.serial += 1;
        let request = Command {
            client: at,
            serial: client.serial,
            key,
            deed,
        };
        client.doing = Some(Doing {
            request,
            since: cx.now(),
            attempt: 1,
        });
        let op = match deed {
            Deed::Read => Op::Read,
            Deed::Write(value) => Op::Write(u64::from(value)),
            Deed::Swap { from, to } => Op::Swap(u64::from(from), u64::from(to)),
        };
        let asks = client.asks;
        let node = client.node;
        self.audit.called(key, op_id(&request), op, cx.now());
        cx.say_with(|| What::Asks { request, to: asks }.at(node));
        self.ask(at, cx);
    }

    /// Sends a client's request to the server that it believes in.
    fn ask(&mut self, at: u16, cx: &mut Cx<'_>) {
        let client = &self.clients[usize::from(at)];
        let Some(Doing {
            request, attempt, ..
        }) = client.doing
        else {
            return;
        };
        let to = client.asks;
        let node = self.hosts[usize::from(to.0)].node;
        cx.send(client.node, node, Event::Ask { to, request });
        let wait = Event::Impatient {
            client: at,
            serial: request.serial,
            attempt,
        };
        cx.timer(client.node, self.knobs.patience, wait);
    }

    /// A client wants something of a server.
    pub(super) fn asked(&mut self, to: ServerId, request: Command, cx: &mut Cx<'_>) {
        let done = if request.deed == Deed::Read && !self.reads_by_log() {
            self.reads += 1;
            let id = ReadId(self.reads);
            let asker = (request.client, request.serial, request.key);
            let host = &mut self.hosts[usize::from(to.0)];
            host.reads.insert(id, asker);
            let done = self.step(to, Input::Read(id), cx);
            if done.is_err() {
                self.hosts[usize::from(to.0)].reads.remove(&id);
            }
            done
        } else {
            self.step(to, Input::Command(request), cx)
        };
        if let Err(rejection) = done {
            let leader = match rejection {
                Rejection::NotLeader(leader) => leader,
                Rejection::HandingOver(heir) => Some(heir),
                Rejection::ChangeUnderWay
                | Rejection::TooEarly
                | Rejection::IsMember(_)
                | Rejection::NoMember(_)
                | Rejection::LastMember(_)
                | Rejection::Leads(_) => None,
            };
            let told = Event::Told {
                client: request.client,
                serial: request.serial,
                from: to,
                reply: Reply::Elsewhere(leader),
            };
            let client = self.clients[usize::from(request.client)].node;
            cx.send(self.hosts[usize::from(to.0)].node, client, told);
        }
    }

    /// What a step of a server answers to clients.
    pub(super) fn answers(&mut self, id: ServerId, effects: &Effects<Store>, out: &mut Vec<Out>) {
        let host = &mut self.hosts[usize::from(id.0)];
        let Some(server) = &host.server else { return };
        if server.is_leader() {
            let answered = effects.applied.iter();
            let answered = answered.filter(|applied| applied.answer != Answer::Outdated);
            out.extend(answered.map(|applied| {
                let Command { client, serial, .. } = applied.command;
                Out::Told(client, serial, Reply::Answer(applied.answer))
            }));
        }
        for (read, may) in &effects.reads {
            let Some((client, serial, key)) = host.reads.remove(read) else {
                continue;
            };
            let reply = if *may {
                Reply::Answer(Answer::Value(server.machine().value(key)))
            } else {
                Reply::Elsewhere(server.leader())
            };
            out.push(Out::Told(client, serial, reply));
        }
    }

    /// A server has answered a client.
    pub(super) fn told(
        &mut self,
        at: u16,
        serial: u32,
        (from, reply): (ServerId, Reply),
        cx: &mut Cx<'_>,
    ) {
        let client = &mut self.clients[usize::from(at)];
        let Some(doing) = client.doing.filter(|doing| doing.request.serial == serial) else {
            return;
        };
        match reply {
            Reply::Answer(answer) => {
                client.asks = from;
                self.finish(at, doing, answer, cx);
            }
            Reply::Elsewhere(Some(leader)) if leader != client.asks => {
                client.asks = leader;
                if let Some(doing) = &mut client.doing {
                    doing.attempt += 1;
                }
                self.ask(at, cx);
            }
            Reply::Elsewhere(_) => {
                // Nobody knows better yet.
                let wait = Event::Impatient {
                    client: at,
                    serial,
                    attempt: doing.attempt,
                };
                cx.timer(client.node, self.knobs.patience / 4, wait);
            }
        }
    }

    fn finish(&mut self, at: u16, doing: Doing, answer: Answer, cx: &mut Cx<'_>) {
        let request = doing.request;
        let (metric, outcome) = match answer {
            Answer::Value(value) => (READS, Outcome::Value(value.map(u64::from))),
            Answer::Written => (WRITES, Outcome::Written),
            Answer::Swapped(swapped) => (WRITES, Outcome::Swapped(swapped)),
            Answer::Outdated => return,
        };
        cx.count(metric, 1);
        cx.observe(ANSWER_TIME, (cx.now() - doing.since).as_secs_f64() * 1e3);
        let node = self.clients[usize::from(at)].node;
        let fits = self
            .audit
            .returned(request.key, op_id(&request), outcome, cx.now());
        cx.say_with(|| {
            What::Answered {
                request,
                answer,
                fits,
            }
            .at(node)
        });
        self.clients[usize::from(at)].told = Some((request, answer));
        self.rest(at, cx);
    }

    /// A client has waited for long enough: another server may know more.
    pub(super) fn impatient(&mut self, at: u16, serial: u32, attempt: u32, cx: &mut Cx<'_>) {
        let client = &mut self.clients[usize::from(at)];
        let Some(doing) = &mut client.doing else {
            return;
        };
        if (doing.request.serial, doing.attempt) != (serial, attempt) {
            return;
        }
        let (request, node) = (doing.request, client.node);
        if cx.now() - doing.since > self.knobs.patience * WAITS {
            cx.count(LOST, 1);
            cx.say_with(|| What::GivenUp(request).at(node));
            self.audit.lost(request.key, op_id(&request));
            self.rest(at, cx);
            return;
        }
        doing.attempt += 1;
        let before = usize::from(client.asks.0);
        let count = self.hosts.len();
        let others = (1..=count).map(|step| (before + step) % count);
        let next = others.into_iter().find(|&at| !self.hosts[at].removed);
        client.asks = ServerId(next.unwrap_or(0) as u16);
        let to = client.asks;
        cx.say_with(|| What::AsksAgain { request, to }.at(node));
        self.ask(at, cx);
    }

    /// A client is done with its request and turns to the next one after a while.
    fn rest(&mut self, at: u16, cx: &mut Cx<'_>) {
        let client = &mut self.clients[usize::from(at)];
        client.doing = None;
        let goes_on = self.knobs.busy || !client.queue.is_empty();
        if goes_on && !client.rests {
            client.rests = true;
            let node = client.node;
            let spread = self.knobs.pause.as_nanos();
            let extra = cx.rng(DEEDS.of(1_000 + u32::from(at))).below(spread.max(1));
            let pause = self.knobs.pause / 2 + Span::from_nanos(extra);
            cx.timer(node, pause, Event::Next(at));
        }
    }

    /// A person wants a client to do something.
    pub(super) fn ask_client(
        &mut self,
        number: u32,
        key: u32,
        writes: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), Refusal> {
        let count = self.clients.len();
        let at = number.saturating_sub(1) as u16;
        let Some(client) = self.clients.get_mut(usize::from(at)) else {
            let refusal = format!("There is no client {number}: choose one from 1 to {count}.");
            return Err(refusal.into());
        };
        if key > self.knobs.keys {
            let keys = self.knobs.keys;
            let refusal = format!("There is no register {key}: choose one from 1 to {keys}.");
            return Err(refusal.into());
        }
        if !cx.network().is_up(client.node) {
            let refusal = format!("Client {number} is not running: restart or resume it first.");
            return Err(refusal.into());
        }
        if client.queue.len() >= MOST_QUEUED {
            let refusal = format!(
                "Client {number} has {MOST_QUEUED} requests ahead of it: let it get on with them."
            );
            return Err(refusal.into());
        }
        let key = key.saturating_sub(1) as u8;
        if client.doing.is_some() {
            client.queue.push_back((key, writes));
        } else {
            self.begin(at, key, writes, cx);
        }
        Ok(())
    }

    pub(super) fn client_crashed(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        let Some(client) = self.clients.iter_mut().find(|client| client.node == node) else {
            return;
        };
        client.queue.clear();
        client.rests = false;
        if let Some(doing) = client.doing.take() {
            cx.count(LOST, 1);
            let request = doing.request;
            self.audit.lost(request.key, op_id(&request));
        }
    }

    pub(super) fn client_restarted(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        let found = self.clients.iter().position(|client| client.node == node);
        if let Some(at) = found {
            self.rest(at as u16, cx);
        }
    }

    /// The term in which a server believes to be, for those that draw it.
    pub(in super::super) fn server(&self, id: ServerId) -> Option<&Server<Store>> {
        self.hosts.get(usize::from(id.0))?.server.as_ref()
    }
}
