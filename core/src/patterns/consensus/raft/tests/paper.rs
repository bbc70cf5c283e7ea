//! What the paper and the dissertation show by example.

use crate::patterns::consensus::raft::algorithm::{
    Answer, Body, Change, Command, Deed, Durable, Effects, Entry, Input, Log, Machine as _,
    Members, Message, Note, Options, Payload, ReadId, Reads, Rejection, Role, Server, ServerId,
    Store, Term, Timer,
};
use crate::time::{SimTime, Span};

/// Servers and the mail between them, delivered by hand.
struct Post {
    now: SimTime,
    servers: Vec<Server<Store>>,
    mail: Vec<(ServerId, ServerId, Message<Store>)>,
    notes: Vec<(ServerId, Note)>,
    reads: Vec<(ReadId, bool)>,
}

const fn id(at: u16) -> ServerId {
    ServerId(at)
}

impl Post {
    fn of(options: &Options, disks: Vec<Durable<Store>>, members: u16) -> Self {
        let members: Members = (0..members).map(ServerId).collect();
        let servers = disks.into_iter().zip(0..).map(|(disk, at)| {
            let first = if members.contains(&id(at)) {
                members.clone()
            } else {
                Members::new()
            };
            Server::with_disk(id(at), options.clone(), first, Store::default(), disk)
        });
        Self {
            now: SimTime::from_secs(1),
            servers: servers.collect(),
            mail: Vec::new(),
            notes: Vec::new(),
            reads: Vec::new(),
        }
    }

    fn fresh(options: &Options, servers: u16) -> Self {
        let disks = vec![Durable::default(); usize::from(servers)];
        Self::of(options, disks, servers)
    }

    fn step(&mut self, at: u16, input: Input<Store>) -> Result<(), Rejection> {
        let mut effects = Effects::default();
        let done = self.servers[usize::from(at)].step(self.now, input, &mut effects);
        let sent = effects.send.into_iter();
        self.mail
            .extend(sent.map(|(to, message)| (id(at), to, message)));
        self.notes
            .extend(effects.notes.into_iter().map(|note| (id(at), note)));
        self.reads.extend(effects.reads);
        done
    }

    fn timeout(&mut self, at: u16, timer: Timer) {
        self.step(at, Input::Timeout(timer))
            .expect("timeouts are never refused");
    }

    /// Delivers what there is, and what comes of it, where both ends are among these; the rest is
    /// lost.
    fn deliver_among(&mut self, among: &[u16]) {
        while !self.mail.is_empty() {
            let (from, to, message) = self.mail.remove(0);
            if among.contains(&from.0) && among.contains(&to.0) {
                self.step(to.0, Input::Message { from, message })
                    .expect("messages are never refused");
            }
        }
    }

    fn elect(&mut self, at: u16, among: &[u16]) {
        // Whoever heard a leader has not for long enough.
        self.now += Span::from_secs(1);
        self.timeout(at, Timer::Election);
        self.deliver_among(among);
    }

    fn write(&mut self, at: u16, value: u32) -> Result<(), Rejection> {
        let command = Command {
            client: 0,
            serial: value,
            key: 0,
            deed: Deed::Write(value),
        };
        self.step(at, Input::Command(command))
    }

    fn terms(&self, at: u16) -> Vec<u64> {
        let log = self.servers[usize::from(at)].log();
        log.iter().map(|(_, entry)| entry.term.0).collect()
    }
}

fn disk(term: u64, terms: &[u64]) -> Durable<Store> {
    let entries = terms.iter().map(|&term| Entry {
        term: Term(term),
        payload: Payload::Blank,
    });
    Durable {
        term: Term(term),
        vote: None,
        log: Log::of(entries.collect()),
    }
}

#[test]
fn the_followers_of_figure_7_come_to_the_leaders_log() {
    let disks = vec![
        disk(7, &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6]),
        disk(6, &[1, 1, 1, 4, 4, 5, 5, 6, 6]),
        disk(4, &[1, 1, 1, 4]),
        disk(6, &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]),
        disk(7, &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]),
        disk(4, &[1, 1, 1, 4, 4, 4, 4]),
        disk(3, &[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]),
    ];
    let all = [0, 1, 2, 3, 4, 5, 6];
    let mut post = Post::of(&Options::default(), disks, 7);
    post.elect(0, &all);
    assert!(post.servers[0].is_leader());
    assert_eq!(post.servers[0].term(), Term(8));
    // Two of the six refuse: their logs end later.
    let refused = post.notes.iter().filter(|(_, note)| {
        matches!(
            note,
            Note::Denies(
                _,
                crate::patterns::consensus::raft::algorithm::Denial::StaleLog
            )
        )
    });
    assert_eq!(refused.count(), 4, "two servers, beforehand and in earnest");
    for _ in 0..4 {
        post.timeout(0, Timer::Heartbeat);
        post.deliver_among(&all);
    }
    for at in all {
        assert_eq!(
            post.terms(at),
            [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8],
            "{}",
            id(at)
        );
        assert_eq!(post.servers[usize::from(at)].commit(), 11);
    }
    // One question for each term in which a follower differs; going back one by one would take 1,
    // 6, 0, 0, 5 and 7.
    let questions = |whom: u16| {
        let backs = post.notes.iter();
        backs
            .filter(|(_, note)| matches!(note, Note::BacksUp(to, _) if *to == id(whom)))
            .count()
    };
    assert_eq!([1, 2, 3, 4, 5, 6].map(questions), [1, 1, 0, 0, 2, 2]);
}

#[test]
fn a_vote_is_given_once_in_a_term_and_to_no_shorter_log() {
    let options = Options {
        pre_vote: false,
        ..Options::default()
    };
    let disks = vec![disk(1, &[1]), disk(1, &[1, 1]), disk(1, &[])];
    let mut post = Post::of(&options, disks, 3);
    post.timeout(0, Timer::Election);
    post.timeout(2, Timer::Election);
    post.deliver_among(&[0, 1, 2]);
    let leaders = post.servers.iter().filter(|server| server.is_leader());
    assert_eq!(
        leaders.count(),
        0,
        "S2 has the longest log and refuses both"
    );
    post.elect(1, &[0, 1, 2]);
    assert!(post.servers[1].is_leader());
}

#[test]
fn who_was_cut_off_does_not_raise_the_term_if_it_asks_beforehand() {
    for (pre_vote, term) in [(true, 1), (false, 4)] {
        let options = Options {
            pre_vote,
            ..Options::default()
        };
        let mut post = Post::fresh(&options, 3);
        post.elect(0, &[0, 1, 2]);
        for _ in 0..3 {
            post.timeout(2, Timer::Election);
            post.mail.clear();
        }
        post.timeout(0, Timer::Heartbeat);
        post.deliver_among(&[0, 1, 2]);
        assert_eq!(post.servers[0].term(), Term(term));
        assert_eq!(post.servers[0].is_leader(), pre_vote);
    }
}

#[test]
fn a_leader_that_hears_from_no_majority_steps_down() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    // The first count is of what it heard when it was elected.
    post.timeout(0, Timer::Quorum);
    assert!(post.servers[0].is_leader());
    post.timeout(0, Timer::Quorum);
    assert_eq!(*post.servers[0].role(), Role::Follower);
}

#[test]
fn who_lacks_what_is_in_no_log_any_more_gets_a_snapshot() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1]);
    for value in 1..=5 {
        post.write(0, value).expect("it leads");
        post.deliver_among(&[0, 1]);
    }
    post.step(0, Input::Compact).expect("nobody refuses");
    assert_eq!(post.servers[0].log().snapshot_index(), 6);
    for _ in 0..3 {
        post.timeout(0, Timer::Heartbeat);
        post.deliver_among(&[0, 1, 2]);
    }
    assert_eq!(post.servers[2].machine().value(0), Some(5));
    assert_eq!(post.servers[2].commit(), 6);
    post.write(0, 6).expect("it leads");
    post.deliver_among(&[0, 2]);
    assert_eq!(
        post.servers[0].machine().value(0),
        Some(6),
        "and it counts again"
    );
}

/// Ongaro's bug of 2015, with two removals: what one half of the servers decides under one list of
/// members, the other half overrules under another.
fn two_changes(change_after_own_term: bool) -> (Result<(), Rejection>, Post) {
    let options = Options {
        change_after_own_term,
        pre_vote: false,
        noop: false,
        ..Options::default()
    };
    let mut post = Post::fresh(&options, 4);
    post.elect(0, &[0, 1, 2, 3]);
    post.write(0, 1).expect("it leads");
    post.deliver_among(&[0, 1, 2, 3]);
    // S1 removes S4 and dies with that entry in its own log only.
    post.step(0, Input::Change(Change::Remove(id(3))))
        .expect("its write is committed");
    post.mail.clear();
    post.elect(1, &[1, 2, 3]);
    // S2 removes S3. Without the rule nothing keeps it from doing so at once.
    let done = post.step(1, Input::Change(Change::Remove(id(2))));
    post.deliver_among(&[1, 3]);
    (done, post)
}

#[test]
fn a_change_of_members_waits_for_an_entry_of_the_leaders_own_term() {
    let (done, _) = two_changes(true);
    assert_eq!(done, Err(Rejection::TooEarly));

    let (done, mut post) = two_changes(false);
    assert_eq!(done, Ok(()));
    assert_eq!(post.servers[1].commit(), 2, "S2 and S4 are two of three");
    // S1 is back and hears that its term is over. By its own list it takes two of S1, S2 and S3.
    post.timeout(0, Timer::Heartbeat);
    post.deliver_among(&[0, 2]);
    post.elect(0, &[0, 2]);
    assert!(post.servers[0].is_leader());
    post.timeout(0, Timer::Heartbeat);
    post.deliver_among(&[0, 2]);
    post.write(0, 2).expect("it leads");
    post.deliver_among(&[0, 2]);
    assert!(post.servers[0].commit() >= 2);
    let second = |at: usize| post.servers[at].log().get(2).cloned();
    assert_ne!(second(0), second(1), "both are committed");
}

#[test]
fn a_new_server_has_a_vote_once_it_has_caught_up() {
    let options = Options::default();
    let mut post = Post::of(&options, vec![Durable::default(); 4], 3);
    post.elect(0, &[0, 1]);
    for value in 1..=3 {
        post.write(0, value).expect("it leads");
    }
    post.deliver_among(&[0, 1]);
    post.step(0, Input::Change(Change::Add(id(3))))
        .expect("it may");
    assert_eq!(
        post.servers[0].members().len(),
        3,
        "no vote before it has caught up"
    );
    post.deliver_among(&[0, 1, 3]);
    post.timeout(0, Timer::Heartbeat);
    post.deliver_among(&[0, 1, 3]);
    assert_eq!(post.servers[0].members().len(), 4);
    assert_eq!(post.servers[3].machine().value(0), Some(3));
    assert!(post.servers[3].is_member());
    let again = post.step(0, Input::Change(Change::Add(id(3))));
    assert_eq!(again, Err(Rejection::IsMember(id(3))));
}

#[test]
fn a_leader_that_removes_itself_leads_until_that_is_committed() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    post.step(0, Input::Change(Change::Remove(id(0))))
        .expect("it may");
    assert!(post.servers[0].is_leader());
    post.deliver_among(&[0, 1, 2]);
    assert!(!post.servers[0].is_leader() && !post.servers[0].is_member());
    post.timeout(0, Timer::Election);
    assert_eq!(
        *post.servers[0].role(),
        Role::Follower,
        "it stands for nothing"
    );
}

#[test]
fn who_removed_itself_stands_as_long_as_that_is_not_known_to_be_committed() {
    let mut post = Post::fresh(&Options::default(), 4);
    post.elect(0, &[0, 1, 2, 3]);
    post.deliver_among(&[0, 1, 2, 3]);
    // S4 is gone, and the entry that removes S1 reaches nobody: S2 and S3 still count to four.
    post.step(0, Input::Change(Change::Remove(id(0))))
        .expect("it may");
    post.mail.clear();
    post.timeout(0, Timer::Quorum);
    post.timeout(0, Timer::Quorum);
    assert!(!post.servers[0].is_leader(), "it hears of no majority");
    for follower in [1, 2] {
        post.elect(follower, &[0, 1, 2]);
        assert!(
            !post.servers[usize::from(follower)].is_leader(),
            "its log is older"
        );
    }
    post.elect(0, &[0, 1, 2]);
    assert_eq!(
        post.servers[1].members().len(),
        3,
        "its removal is committed"
    );
    assert!(!post.servers[0].is_leader() && !post.servers[0].may_stand());
    post.elect(1, &[0, 1, 2]);
    assert!(post.servers[1].is_leader());
}

#[test]
fn who_decides_alone_commits_what_is_on_its_disk() {
    let mut post = Post::fresh(&Options::default(), 2);
    post.elect(0, &[0, 1]);
    post.deliver_among(&[0, 1]);
    post.step(0, Input::Change(Change::Remove(id(1))))
        .expect("it may");
    let last = post.servers[0].log().last_index();
    assert!(post.servers[0].is_majority() && post.servers[0].commit() < last);
    post.step(0, Input::Saved(last)).expect("it is told");
    assert_eq!(post.servers[0].commit(), last);
}

#[test]
fn a_new_server_that_does_not_answer_is_given_up() {
    let mut post = Post::of(&Options::default(), vec![Durable::default(); 4], 3);
    post.elect(0, &[0, 1, 2]);
    post.deliver_among(&[0, 1, 2]);
    post.step(0, Input::Change(Change::Add(id(3))))
        .expect("it may");
    let again = post.step(0, Input::Change(Change::Remove(id(2))));
    assert_eq!(again, Err(Rejection::ChangeUnderWay));
    for _ in 0..2 {
        post.timeout(0, Timer::Heartbeat);
        post.deliver_among(&[0, 1, 2]);
        post.timeout(0, Timer::Quorum);
    }
    post.step(0, Input::Change(Change::Remove(id(2))))
        .expect("nobody is waited for");
}

#[test]
fn a_leader_whose_heir_does_not_take_over_goes_on() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    post.deliver_among(&[0, 1]);
    post.step(0, Input::Transfer(id(2))).expect("it may");
    post.timeout(0, Timer::Quorum);
    let refused = post.write(0, 1);
    assert_eq!(
        refused,
        Err(Rejection::HandingOver(id(2))),
        "it has its time"
    );
    post.timeout(0, Timer::Heartbeat);
    post.deliver_among(&[0, 1]);
    post.timeout(0, Timer::Quorum);
    post.write(0, 1).expect("it takes requests again");
}

#[test]
fn an_heir_stands_at_once_and_wins() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    post.write(0, 1).expect("it leads");
    post.step(0, Input::Transfer(id(2))).expect("it may");
    let refused = post.write(0, 2);
    assert_eq!(refused, Err(Rejection::HandingOver(id(2))));
    post.deliver_among(&[0, 1, 2]);
    assert!(post.servers[2].is_leader() && !post.servers[0].is_leader());
    assert_eq!(post.servers[2].term(), Term(2));
}

#[test]
fn a_read_waits_until_a_majority_confirms_the_leader() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    post.step(0, Input::Read(ReadId(1))).expect("it leads");
    assert_eq!(post.reads, [], "nobody has answered yet");
    post.deliver_among(&[0, 1]);
    assert_eq!(post.reads, [(ReadId(1), true)]);
    // Cut off, it never answers, and says so when it steps down.
    post.step(0, Input::Read(ReadId(2)))
        .expect("it believes that it leads");
    post.mail.clear();
    post.elect(1, &[1, 2]);
    post.timeout(1, Timer::Heartbeat);
    post.deliver_among(&[0, 1, 2]);
    assert_eq!(post.reads[1..], [(ReadId(2), false)]);
}

#[test]
fn a_lease_answers_alone_and_runs_out() {
    let options = Options {
        reads: Reads::Lease,
        ..Options::default()
    };
    let mut post = Post::fresh(&options, 3);
    post.elect(0, &[0, 1, 2]);
    post.step(0, Input::Read(ReadId(1))).expect("it leads");
    assert_eq!(post.reads, [(ReadId(1), true)], "without a message");
    post.now += options.election_timeout;
    post.step(0, Input::Read(ReadId(2))).expect("it leads");
    assert_eq!(post.reads.len(), 1, "it has to ask again");
}

#[test]
fn a_command_that_comes_twice_is_carried_out_once() {
    let mut store = Store::default();
    let command = |serial, value| Command {
        client: 1,
        serial,
        key: 0,
        deed: Deed::Write(value),
    };
    assert_eq!(store.apply(&command(1, 5)), Answer::Written);
    assert_eq!(store.apply(&command(2, 6)), Answer::Written);
    assert_eq!(store.apply(&command(1, 5)), Answer::Outdated);
    assert_eq!(store.apply(&command(2, 6)), Answer::Written);
    assert_eq!(store.value(0), Some(6));
}

#[test]
fn a_message_of_an_old_term_is_answered_with_the_new_one() {
    let mut post = Post::fresh(&Options::default(), 3);
    post.elect(0, &[0, 1, 2]);
    post.mail.clear();
    post.now += Span::from_secs(1);
    post.elect(1, &[1, 2]);
    post.timeout(0, Timer::Heartbeat);
    let sent = post.mail.iter().filter(|(from, ..)| *from == id(0));
    assert!(
        sent.clone()
            .all(|(.., message)| matches!(message.body, Body::Append(_)))
    );
    post.deliver_among(&[0, 1, 2]);
    assert_eq!(post.servers[0].term(), Term(2));
    assert!(!post.servers[0].is_leader());
}
