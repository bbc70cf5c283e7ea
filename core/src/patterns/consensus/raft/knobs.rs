//! What can be set, what a person can do, and what is measured.

use super::algorithm::{Options, Quorum, Reads};
use crate::prelude::*;

crate::choices! {
    /// How a read is answered.
    pub enum ReadBy {
        /// Like a write.
        Log = "log", "An entry in the log";
        /// After a round of heartbeats.
        Index = "index", "A round of heartbeats";
        /// While the leader's lease lasts.
        Lease = "lease", "The leader’s lease";
        /// At once.
        Nothing = "nothing", "Nothing";
    }
}

crate::choices! {
    /// How many are enough.
    pub enum Enough {
        /// More than half.
        Majority = "majority", "More than half";
        /// Half.
        Half = "half", "Half";
    }
}

crate::choices! {
    /// What the servers have on disk at the start.
    pub enum Begin {
        /// Nothing.
        Empty = "empty", "Empty logs";
        /// Nothing, and S1 stands for election at once.
        Led = "led", "S1 stands at once";
        /// The leader and the six followers of the paper's figure 7.
        Figure7 = "figure-7", "Figure 7 of the paper";
    }
}

crate::knobs! {
    /// What can be set.
    pub struct Knobs {
        /// Servers at the start. A majority of them has to talk for anything to be decided.
        servers: u32 = 5, "Servers", range(3, 9), unit("servers"), group("Cluster");
        /// The shortest time without a word from a leader after which a server stands for election.
        election: Span = Span::from_millis(400), "Election timeout", range(20, 20_000), unit("ms"), log(),
            live(), group("Cluster");
        /// The random part on top of the election timeout, at most, as a share of it. It is what keeps
        /// two servers from standing at the same time.
        spread: u32 = 100, "Random part", range(0, 400), unit("%"), live(), group("Cluster");
        /// Time between two signs of life of a leader.
        heartbeat: Span = Span::from_millis(100), "Heartbeat", range(5, 5_000), unit("ms"), log(), live(),
            group("Cluster");
        /// How long a server takes to make something durable. Nothing that depends on it leaves the
        /// server before.
        disk: Span = Span::from_millis(5), "Disk sync", range(0, 1_000), unit("ms"), live(),
            group("Cluster");
        /// Entries in one message at most.
        batch: u32 = 8, "Batch", range(1, 64), unit("entries"), live(), group("Cluster");
        /// Entries after which a server puts a snapshot in their place; 0 for never.
        snapshot: u32 = 64, "Snapshot after", range(0, 1_000), unit("entries"), live(), group("Cluster");
        /// A server first asks whether it could win, so that one that was cut off does not disturb
        /// the others; and who hears a leader listens to no candidate.
        pre_vote: bool = true, "Pre-vote", live(), group("Cluster");
        /// A leader that does not hear from a majority steps down.
        check_quorum: bool = true, "Check quorum", live(), group("Cluster");
        /// A new leader begins its term with an empty entry, and so knows soon what is committed.
        noop: bool = true, "Empty entry first", live(), group("Cluster");
        /// How much slower than the others' the clock of S1 runs.
        drift: u32 = 0, "S1’s clock lags", range(0, 90), unit("%"), group("Cluster");
        /// Mean time until a server fails by itself; 0 for never.
        uptime: Span = Span::ZERO, "Fails after", range(0, 3_600_000), unit("ms"), group("Failures");
        /// Mean time until one that failed by itself is back.
        downtime: Span = Span::from_secs(2), "Is back after", range(1, 3_600_000), unit("ms"), log(),
            group("Failures");
        /// What the servers have on disk at the start.
        begin: Begin = Begin::Empty, "At the start", group("Cluster");
        /// Clients that read and write, each one thing after the other.
        clients: u32 = 2, "Clients", range(1, 5), unit("clients"), group("Clients");
        /// Clients act by themselves; otherwise they only do what you ask of them.
        busy: bool = true, "Act by themselves", live(), group("Clients");
        /// Time between an answer and a client's next request.
        pause: Span = Span::from_millis(400), "Pause", range(1, 60_000), unit("ms"), log(), live(),
            group("Clients");
        /// Share of requests that write; the others read.
        writes: u32 = 60, "Writes", range(0, 100), unit("%"), live(), group("Clients");
        /// Registers that clients read and write.
        keys: u32 = 1, "Registers", range(1, 4), group("Clients");
        /// How long a client waits for an answer before it asks another server.
        patience: Span = Span::from_millis(500), "Patience", range(10, 20_000), unit("ms"), log(), live(),
            group("Clients");
        /// One way through the network.
        latency: Span = Span::from_millis(20), "Latency", range(1, 5_000), unit("ms"), log(), live(),
            group("Network");
        /// How far latencies lie apart, as a share of their mean.
        jitter: u32 = 20, "Spread of latency", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that are lost.
        loss: f64 = 0.0, "Loss", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that arrive twice.
        duplicates: f64 = 0.0, "Duplicates", range(0, 100), unit("%"), live(), group("Network");
        /// Share of messages that are overtaken by later ones.
        reorder: f64 = 0.0, "Reordering", range(0, 100), unit("%"), live(), group("Network");
        /// How many votes elect a leader, and how many copies commit an entry.
        quorum: Enough = Enough::Majority, "Enough is", safeguard(), group("Safeguards");
        /// A leader counts copies only of entries of its own term; older ones are committed with them.
        own_term: bool = true, "Count own term only", safeguard(), group("Safeguards");
        /// A server remembers on disk whom it voted for.
        keep_vote: bool = true, "Vote on disk", safeguard(), group("Safeguards");
        /// A server waits for its disk before it answers. Without, it answers at once, and what it
        /// wrote in the last seconds is gone after a crash.
        sync: bool = true, "Wait for the disk", safeguard(), group("Safeguards");
        /// Timeouts have a random part.
        chance: bool = true, "Random timeouts", safeguard(), group("Safeguards");
        /// What a leader relies on when it answers a read. A lease relies on clocks that run alike.
        reads: ReadBy = ReadBy::Index, "Reads rely on", safeguard(), group("Safeguards");
        /// Servers remember each client's last request and carry it out once.
        sessions: bool = true, "Client sessions", safeguard(), group("Safeguards");
    }
}

impl Knobs {
    pub(super) fn options(&self) -> Options {
        Options {
            pre_vote: self.pre_vote,
            check_quorum: self.check_quorum,
            noop: self.noop,
            batch: self.batch as usize,
            reads: match self.reads {
                ReadBy::Log | ReadBy::Index => Reads::ReadIndex,
                ReadBy::Lease => Reads::Lease,
                ReadBy::Nothing => Reads::Unconfirmed,
            },
            election_timeout: self.election,
            quorum: match self.quorum {
                Enough::Majority => Quorum::Majority,
                Enough::Half => Quorum::Half,
            },
            own_term_only: self.own_term,
            change_after_own_term: true,
        }
    }

    pub(super) fn profile(&self) -> LinkProfile {
        let half = self.latency * u64::from(self.jitter) / 100;
        LinkProfile {
            latency: if half.is_zero() {
                Duration::Constant(self.latency)
            } else {
                Duration::Uniform {
                    min: self.latency.saturating_sub(half),
                    max: self.latency + half,
                }
            },
            loss: Chance::percent(self.loss),
            duplicate: Chance::percent(self.duplicates),
            reorder: Chance::percent(self.reorder),
            ordered: false,
        }
    }

    /// The longest random part of an election timeout.
    pub(super) fn random_part(&self) -> Span {
        self.election * u64::from(self.spread) / 100
    }

    /// The longest that a message and what is written for it can take.
    fn longest_way(&self) -> Span {
        let longest = self.latency + self.latency * u64::from(self.jitter) / 100;
        let held_up = if self.reorder > 0.0 { 5 } else { 1 };
        longest * held_up + self.disk * 2
    }

    /// Whether servers that can talk find a leader soon: nothing is lost on the way, a leader is
    /// heard well before anyone loses patience, and servers seldom lose it together.
    pub(super) fn can_elect(&self) -> bool {
        let way = self.longest_way();
        self.loss == 0.0
            && self.heartbeat + way * 2 <= self.election
            && way * 4 <= self.random_part()
    }

    /// Within this time, servers that can talk have a leader: thirty attempts.
    pub(super) fn time_to_elect(&self) -> Span {
        (self.election + self.random_part() + self.longest_way() * 4) * 30
    }
}

crate::actions! {
    /// What a person can do.
    pub enum Action {
        /// A client writes a new value, after what it is doing.
        Write {
            /// Which client, counting from 1.
            client: u32 = 1, "Client", range(1, 5);
            /// Which register, counting from 1.
            key: u32 = 1, "Register", range(1, 4);
        } = "write", "Write";
        /// A client reads, after what it is doing.
        Read {
            /// Which client, counting from 1.
            client: u32 = 1, "Client", range(1, 5);
            /// Which register, counting from 1.
            key: u32 = 1, "Register", range(1, 4);
        } = "read", "Read";
        /// A server loses patience at once and stands for election.
        Timeout {
            /// The server.
            node: NodeId = NodeId(0), "Server", named("S");
        } = "timeout", "Time out";
        /// A new server joins: it catches up, then gets a vote.
        AddServer {} = "add_server", "Add a server";
        /// A server loses its vote.
        RemoveServer {
            /// The server.
            node: NodeId = NodeId(0), "Server", named("S");
        } = "remove_server", "Remove a server";
        /// The leader hands over to a server.
        Transfer {
            /// The server that is to lead.
            node: NodeId = NodeId(1), "To", named("S");
        } = "transfer", "Hand over";
    }
}

crate::metrics! {
    /// Entries committed.
    COMMITTED: Counter, "committed", "Committed", "entries";
    /// From a leader's receipt of a command to its commit.
    COMMIT_TIME: Histogram, "commit_time", "Time to commit", "ms";
    /// Writes confirmed to clients.
    WRITES: Counter, "writes_done", "Writes done", "requests";
    /// Reads answered.
    READS: Counter, "reads_done", "Reads done", "requests";
    /// From a client's request to its answer.
    ANSWER_TIME: Histogram, "answer_time", "Time to answer", "ms";
    /// Requests given up: nobody knows whether they happened.
    LOST: Counter, "given_up", "Given up", "requests";
    /// Times that a server stood for election.
    ELECTIONS: Counter, "elections", "Candidacies", "times";
    /// Leaders elected.
    LEADERS: Counter, "leaders", "Leaders elected", "leaders";
    /// From losing a leader, or from the start, to the next one.
    ELECTION_TIME: Histogram, "election_time", "Time to elect", "ms";
    /// Whether a majority follows a leader; its mean is the share of time.
    LED: Gauge, "led", "Led", "of 1";
    /// Servers that run and believe that they lead.
    LEADING: Gauge, "leading", "Believe that they lead", "servers";
    /// The latest term.
    TERM: Gauge, "term", "Term", "";
    /// Messages between servers.
    MESSAGES: Counter, "messages", "Messages", "messages";
    /// Durable writes.
    SYNCS: Counter, "syncs", "Disk syncs", "writes";
    /// Entries that servers removed because they conflicted with a leader's.
    OVERRULED: Counter, "overruled", "Logs overruled", "times";
    /// Snapshots sent to servers that lacked what was no longer in the log.
    SNAPSHOTS: Counter, "snapshots_sent", "Snapshots sent", "snapshots";
}
