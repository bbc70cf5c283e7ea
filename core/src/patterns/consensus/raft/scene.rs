//! The picture: servers in a ring with clients below, and their logs under each other, each entry
//! in the tone of its term.
//!
//! Everything is read from the model and its world; nothing here decides anything.

use super::algorithm::{Denial, Index, Log, Note, Role, Server, ServerId, Store, Term};
use super::knobs::{Begin, ReadBy};
use super::model::clients::{Client, request_words};
use super::model::host::Host;
use super::model::{Cluster, Event, Reply, entry_words, key_name};
use crate::kernel::network::Status;
use crate::kernel::trace::EventId;
use crate::prelude::*;
use crate::real::fixed;
use crate::scene::{Badge, Cell, ItemId, Node, Placed, Pointer, Rect};
use crate::staging;
use crate::words::counted;

pub(super) fn draw(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder) {
    scene.summary(summary(cluster, world));
    let layout = Layout::of(cluster, scene);
    links(cluster, world, scene);
    for (at, (host, frame)) in cluster.hosts.iter().zip(&layout.servers).enumerate() {
        server(cluster, world, scene, (ServerId(at as u16), host), *frame);
    }
    for (at, (one, frame)) in cluster.clients.iter().zip(&layout.clients).enumerate() {
        client(cluster, world, scene, (at, one), *frame);
    }
    let window = Window::of(cluster);
    for (at, (host, frame)) in cluster.hosts.iter().zip(&layout.logs).enumerate() {
        log(
            cluster,
            world,
            scene,
            (ServerId(at as u16), host),
            *frame,
            &window,
        );
    }
    staging::messages(world, scene, |node| Some(item(cluster, node)));
}

fn item(cluster: &Cluster, node: NodeId) -> ItemId {
    let server = cluster.hosts.iter().position(|host| host.node == node);
    match server {
        Some(at) => ("server", at).into(),
        None => ("client", u32::from(node.0)).into(),
    }
}

/// Where everything goes.
struct Layout {
    servers: Vec<Rect>,
    clients: Vec<Rect>,
    logs: Vec<Rect>,
}

impl Layout {
    fn of(cluster: &Cluster, scene: &SceneBuilder) -> Self {
        let count = cluster.hosts.len();
        let area = scene.area();
        let (ring, clients, logs) = if scene.is_tall() {
            let (ring, below) = area.take_top(318.0, 4.0);
            let (clients, logs) = below.take_top(58.0, 8.0);
            (ring, clients, logs)
        } else {
            let (left, logs) = area.take_left(426.0, 28.0);
            let (clients, ring) = left.take_bottom(66.0, 6.0);
            (ring, clients, logs)
        };
        let side = match (count, scene.is_tall()) {
            (..=5, false) => 106.0,
            (6 | 7, false) => 94.0,
            (_, false) => 84.0,
            (..=5, true) => 102.0,
            (_, true) => 76.0,
        };
        let row = (logs.h / count as f64).min(96.0);
        let (logs, _) = logs.take_top(row * count as f64, 0.0);
        Self {
            servers: ring.around(count, side, side),
            clients: clients.columns(cluster.clients.len(), 8.0),
            logs: logs.rows(count, 6.0),
        }
    }
}

fn summary(cluster: &Cluster, world: &World<Event>) -> String {
    let count = cluster.hosts.len();
    let led = match cluster.leader() {
        Some(id) => {
            let term = cluster.server(id).map_or(Term(0), Server::term);
            format!("{id} leads term {term}")
        }
        None => "nobody leads".to_owned(),
    };
    let down = |host: &&Host| world.network().status(host.node) == Status::Crashed;
    let down = cluster.hosts.iter().filter(down).count();
    let commits = cluster.hosts.iter().filter_map(|host| host.server.as_ref());
    let committed = commits.map(Server::commit).max().unwrap_or(0);
    let entries = counted(committed, ["entry", "entries"]);
    let mut text = format!("{count} servers, {led}, {entries} committed");
    if down > 0 {
        text += &format!(", {down} down");
    }
    if world.network().is_partitioned() {
        text += ", links are cut";
    }
    text + "."
}

/// Lines between servers, and what is cut.
fn links(cluster: &Cluster, world: &World<Event>, scene: &mut SceneBuilder) {
    let network = world.network();
    for (at, one) in cluster.hosts.iter().enumerate() {
        for (ahead, other) in cluster.hosts[at + 1..].iter().enumerate() {
            let (a, b) = (one.node, other.node);
            let (there, back) = (network.is_cut(a, b), network.is_cut(b, a));
            let ends = (("server", at), ("server", at + 1 + ahead));
            scene
                .link(format!("link-{}-{}", a.0, b.0), ends.0, ends.1)
                .dim()
                .when(there && back, |link| link.cut().tone(Tone::Failed))
                .when(there != back, |link| link.dashed().tone(Tone::Failed));
        }
    }
}

/// How many dots fit into a server.
const MOST_DOTS: usize = 9;

fn server(
    cluster: &Cluster,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    (id, host): (ServerId, &Host),
    frame: Rect,
) {
    let network = world.network();
    let status = network.status(host.node);
    let (term, tone) = match (&host.server, status) {
        (None, _) | (_, Status::Crashed) => (host.disk.term, Tone::Failed),
        (Some(server), Status::Paused) => (server.term(), Tone::Pending),
        (Some(server), Status::Up) if !server.is_member() => (server.term(), Tone::Idle),
        (Some(server), Status::Up) => (server.term(), term_tone(server.term())),
    };
    let running = host.server.as_ref().filter(|_| status != Status::Crashed);
    let waits = running.filter(|server| !server.is_leader() && server.may_stand());
    let patience = waits.map(|_| host.patience_left(world.now()));
    let lead = running.and_then(Server::lead);
    let lease = lead.filter(|_| cluster.knobs.reads == ReadBy::Lease);
    let lease = lease.map(|lead| {
        let left = lead.lease_until() - host.clock.read(world.now());
        left.as_secs_f64() / cluster.knobs.election.as_secs_f64().max(1e-9)
    });
    let call = |name: &str| Call::new(name).with("node", i64::from(host.node.0));
    let leads = lead.is_some();
    let placed = scene
        .node(("server", usize::from(id.0)), frame)
        .circle()
        .label(id.to_string())
        .note(format!("term {term}"))
        .tone(tone)
        .with(patience, Placed::<Node>::timer)
        .with(lease, Placed::<Node>::lease)
        .when(leads, Placed::<Node>::leads)
        .with(running, |placed, server| {
            let (dots, enough) = dots(server);
            placed.dots(dots).quorum(enough)
        })
        .with(badge(cluster, world, host), Placed::badge)
        .when(waits.is_some() && status == Status::Up, |placed| {
            placed.menu("Time out now", call("timeout"))
        });
    let placed = staging::with_faults(placed, network, host.node);
    let placed = if network.clock_is_steady(host.node) {
        let slow = staging::fault("skew").with("node", i64::from(host.node.0));
        placed.menu("Slow its clock down", slow.with("rate_percent", 20))
    } else {
        let right = staging::fault("skew").with("node", i64::from(host.node.0));
        placed.menu("Set its clock right", right)
    };
    if !leads && !host.removed {
        let _ = placed
            .menu("Hand over to it", call("transfer"))
            .menu("Remove from the members", call("remove_server"));
    }
}

/// The tone of a term: of servers in it and of entries from it.
fn term_tone(term: Term) -> Tone {
    Tone::series(term.0 as usize)
}

/// Votes of a candidate, copies of a leader's newest entry: those there are first, and how many it
/// takes.
fn dots(server: &Server<Store>) -> (Vec<Tone>, usize) {
    let members = server.members();
    let have = match server.role() {
        Role::Follower => return (Vec::new(), 0),
        Role::Canvassing(votes) | Role::Candidate(votes) => votes.len(),
        Role::Leader(lead) => {
            let last = server.log().last_index();
            let has = |member: &&ServerId| {
                let peer = lead.peers.get(*member);
                peer.map_or(**member == server.id(), |peer| peer.matched >= last)
            };
            members.iter().filter(has).count()
        }
    };
    let all = members.len().min(MOST_DOTS);
    let dot = |at: usize| if at < have { Tone::Good } else { Tone::Pending };
    ((0..all).map(dot).collect(), server.votes_needed())
}

/// How long a follower's last decision is told on it.
const REMARK: Span = Span::from_millis(600);

/// Why it stands as it does.
fn badge(cluster: &Cluster, world: &World<Event>, host: &Host) -> Option<Badge> {
    match world.network().status(host.node) {
        Status::Crashed => return Some(Badge::new("down", Tone::Failed)),
        Status::Paused => return Some(Badge::new("paused", Tone::Pending)),
        Status::Up => {}
    }
    let server = host.server.as_ref()?;
    let cause = host.last.map(|(_, event, _)| event.0);
    let because = |words: String, tone| Some(Badge::new(words, tone).caused_by(cause));
    if !server.is_member() {
        let words = if host.removed {
            "removed"
        } else {
            "no vote yet"
        };
        return Some(Badge::new(words, Tone::Idle));
    }
    let enough = server.votes_needed();
    match server.role() {
        Role::Leader(lead) => {
            if let Some(heir) = lead.heir() {
                return because(format!("hands over to {heir}"), Tone::Leader);
            }
            let newest = cluster.leading();
            if newest.is_some_and(|newest| newest.term() > server.term()) {
                return because("an old leader".to_owned(), Tone::Stale);
            }
            because("leader".to_owned(), Tone::Leader)
        }
        Role::Canvassing(votes) => {
            because(format!("{} of {enough} would", votes.len()), Tone::Active)
        }
        Role::Candidate(votes) => {
            because(format!("{} of {enough} votes", votes.len()), Tone::Active)
        }
        Role::Follower => {
            let rate = host.clock.rate_percent();
            if rate != 100 {
                return Some(Badge::new(format!("clock at {rate} %"), Tone::Stale));
            }
            let lately = |(_, _, at): &(Note, EventId, SimTime)| world.now() - *at < REMARK;
            let (note, ..) = host.last.filter(lately)?;
            let (words, tone) = remark(note).filter(|_| is_still_so(cluster, host, note))?;
            because(words, tone)
        }
    }
}

/// The last decision of a follower, where it is worth a badge.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a host remembers few kinds of decisions, and of those a badge tells some"
)]
fn remark(note: Note) -> Option<(String, Tone)> {
    match note {
        Note::Votes(whom, true) => Some((format!("votes for {whom}"), Tone::Good)),
        Note::Denies(whom, denial) => {
            let why = match denial {
                Denial::OldTerm => "old term",
                Denial::Voted(_) => "has voted",
                Denial::StaleLog => "older log",
                Denial::HearsLeader => "hears a leader",
            };
            Some((format!("not {whom}: {why}"), Tone::Refused))
        }
        Note::Conflicts(at) => Some((format!("differs at {at}"), Tone::Refused)),
        Note::Truncates(from) => Some((format!("removed {from} on"), Tone::Refused)),
        Note::LosesQuorum => Some(("lost its majority".to_owned(), Tone::Stale)),
        _ => None,
    }
}

/// Whether what a follower decided can still be seen in its log.
fn is_still_so(cluster: &Cluster, host: &Host, note: Note) -> bool {
    let Note::Conflicts(at) = note else {
        return true;
    };
    let leading = cluster.leading().map(Server::log);
    leading.is_some_and(|leading| differ(leading, log_of(host), at))
}

/// Whether a log has another entry at an index than that of the leader, or none although the leader
/// has one. Nobody knows where the leader has a snapshot instead.
fn differ(leading: &Log<Store>, own: &Log<Store>, at: Index) -> bool {
    match (leading.term_at(at), own.term_at(at)) {
        (Some(leading), Some(own)) => leading != own,
        (Some(_), None) => at > own.last_index(),
        (None, _) => false,
    }
}

fn client(
    cluster: &Cluster,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    (at, client): (usize, &Client),
    frame: Rect,
) {
    let status = world.network().status(client.node);
    let note = match (&client.doing, &client.told) {
        (Some(doing), _) if doing.attempt > 2 => {
            let secs = fixed((world.now() - doing.since).as_secs_f64(), 1);
            format!("{} … {secs} s", request_words(&doing.request))
        }
        (Some(doing), _) => format!("{} …", request_words(&doing.request)),
        (None, Some((request, answer))) => {
            let words = Reply::Answer(*answer).words();
            format!("{} {words}", request_words(request))
        }
        (None, None) => "at rest".to_owned(),
    };
    let tone = match status {
        Status::Crashed => Tone::Failed,
        Status::Paused => Tone::Pending,
        Status::Up if client.doing.is_some() => Tone::Active,
        Status::Up => Tone::Plain,
    };
    let call = |name: &str| Call::new(name).with("client", at as i64 + 1);
    let placed = scene
        .node(("client", u32::from(client.node.0)), frame)
        .person()
        .label(format!("Client {}", at + 1))
        .note(note)
        .tone(tone);
    let mut placed = placed
        .menu("Write", call("write"))
        .menu("Read", call("read"));
    for key in 1..cluster.knobs.keys {
        let name = key_name(key as u8);
        let which = |call: Call| call.with("key", i64::from(key) + 1);
        placed = placed
            .menu(format!("Write {name}"), which(call("write")))
            .menu(format!("Read {name}"), which(call("read")));
    }
    staging::with_faults(placed, world.network(), client.node);
}

/// The part of the logs that is shown: the same for all, so that equal indices stand below each
/// other.
struct Window {
    first: Index,
    places: usize,
}

impl Window {
    fn of(cluster: &Cluster) -> Self {
        let places = match cluster.knobs.begin {
            Begin::Empty | Begin::Led => 8,
            Begin::Figure7 => 13,
        };
        let ends = cluster.hosts.iter().map(|host| log_of(host).last_index());
        let last = ends.max().unwrap_or(0);
        let first = (last + 1).saturating_sub(places as Index).max(1);
        Self { first, places }
    }
}

fn log_of(host: &Host) -> &Log<Store> {
    host.server.as_ref().map_or(&host.disk.log, Server::log)
}

/// A lower row has its heading beside the log: as wide as this for all, so that equal indices stand
/// below each other.
const HEADED: f64 = 42.0;
const NAMED: f64 = 84.0;

fn log(
    cluster: &Cluster,
    world: &World<Event>,
    scene: &mut SceneBuilder,
    (id, host): (ServerId, &Host),
    frame: Rect,
    window: &Window,
) {
    let log = log_of(host);
    let leader = cluster.leader().filter(|leader| *leader != id);
    let leading = leader.and_then(|leader| cluster.server(leader));
    // A leader of the past overrules nobody who knows of a later term.
    let term = host.server.as_ref().map_or(host.disk.term, Server::term);
    let overruling = leading.filter(|leading| leading.term() >= term);
    let overruling = overruling.map(Server::log);
    let commit = host.server.as_ref().map(Server::commit);
    let last = log
        .last_index()
        .min(window.first + window.places as Index - 1);
    let cells = (window.first..=last).map(|index| {
        let Some(entry) = log.get(index) else {
            return Cell::new("·", Tone::Idle);
        };
        let words = match (&entry.payload, cluster.knobs.begin) {
            (super::algorithm::Payload::Blank, Begin::Figure7) => entry.term.to_string(),
            _ => format!("{}·{}", entry.term, entry_words(entry)),
        };
        let cell = Cell::new(words, term_tone(entry.term));
        let overruled = overruling
            .is_some_and(|leading| differ(leading, log, index) || index > leading.last_index());
        let settled = match commit {
            Some(commit) => index <= commit,
            None => cluster.audit.is_settled(index, entry) == Some(true),
        };
        match (overruled, settled) {
            (true, _) => cell.struck(),
            (false, true) => cell,
            (false, false) => cell.dashed(),
        }
    });
    let cells: Vec<Cell> = cells.collect();
    let knows = leading.and_then(Server::lead);
    let matched = knows.and_then(|lead| lead.peers.get(&id).map(|peer| peer.matched));
    // Where there is room an arrow says it, otherwise the heading; in low rows that stands beside.
    let roomy = frame.h >= 88.0;
    let beside = frame.h < HEADED;
    let label = heading(host, id, matched.filter(|_| !roomy && !beside));
    let mut frame = frame;
    if beside {
        let (name, cells) = frame.take_left(NAMED, 8.0);
        let told = matched.filter(|matched| *matched > 0 && name.h >= 32.0);
        let (upper, lower) = name.take_top(if told.is_some() { 18.0 } else { name.h }, 0.0);
        scene.text(("log-of", usize::from(id.0)), upper, label.as_str());
        if let Some(matched) = told {
            let words = format!("matches to {matched}");
            scene
                .text(("log-matches", usize::from(id.0)), lower, words)
                .caption();
        }
        frame = cells;
    }
    let (upto, word) = match matched {
        Some(matched) => (Some(matched), "match"),
        None => (commit, "commit"),
    };
    let pointer = upto
        .filter(|_| roomy)
        .and_then(|upto| upto.checked_sub(window.first))
        .filter(|at| *at < cells.len() as Index);
    let down = world.network().status(host.node) == Status::Crashed;
    let described = format!(
        "The log of {id}: {}, {} committed as far as it knows.",
        counted(log.last_index(), ["entry", "entries"]),
        commit.unwrap_or(0)
    );
    scene
        .cells(("log", usize::from(id.0)), frame, cells)
        .places(window.places)
        .indexed_from(window.first as usize)
        .label(if beside { String::new() } else { label })
        .describe(described)
        .when(down, Placed::dim)
        .with(pointer, |placed, at| {
            placed.pointer(Pointer::new(at as usize, word))
        });
}

/// Whose log it is, and what the machine holds.
fn heading(host: &Host, id: ServerId, matched: Option<Index>) -> String {
    let Some(server) = &host.server else {
        return format!("{id} · on disk");
    };
    let registers = server.machine().registers();
    let held: Vec<String> = registers
        .map(|(key, value)| format!("{} = {value}", key_name(key)))
        .collect();
    let mut text = id.to_string();
    if server.log().last_index() == 0 {
        text += " · an empty log";
    }
    if !held.is_empty() {
        text += " · ";
        text += &held.join(", ");
    }
    if let Some(matched) = matched.filter(|matched| *matched > 0) {
        text += &format!(" · matches to {matched}");
    }
    text
}
