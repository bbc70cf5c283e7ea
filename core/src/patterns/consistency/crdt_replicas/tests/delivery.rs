//! Networks that lose, repeat and reorder: nothing is lost and nothing counts twice.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::algorithm::*;
use super::{Choice, Editable, REPLICAS};
use crate::time::SimTime;

/// One event in a run on a bad network.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A replica edits, and what it sends joins the messages on their way.
    Edit { replica: u16, choice: Choice },
    /// One of the messages on their way arrives somewhere; it may arrive there again later.
    Arrive { which: usize, at: u16 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0..REPLICAS, any::<Choice>())
            .prop_map(|(replica, choice)| Event::Edit { replica, choice }),
        (any::<usize>(), 0..REPLICAS).prop_map(|(which, at)| Event::Arrive { which, at }),
    ];
    prop::collection::vec(event, 0..120)
}

struct Node<C: Crdt> {
    state: C,
    broadcast: CausalBroadcast<C::Op>,
}

impl<C: Crdt> Node<C> {
    fn receive(&mut self, envelope: Arc<Envelope<C::Op>>) {
        for ready in self.broadcast.receive(envelope) {
            self.state.apply(&ready.op);
        }
    }
}

/// Runs operations through duplication and reordering, then lets the missing ones through, and
/// checks that all copies equal the join of what was edited. Returns a copy.
fn check_operations<C: Editable>(events: &[Event]) -> C {
    let mut nodes: Vec<Node<C>> = (0..REPLICAS)
        .map(|replica| Node {
            state: C::default(),
            broadcast: CausalBroadcast::new(ReplicaId(replica)),
        })
        .collect();
    let mut on_their_way = Vec::new();
    let mut joined = C::default();
    for (step, &event) in events.iter().enumerate() {
        match event {
            Event::Edit { replica, choice } => {
                let node = &mut nodes[usize::from(replica)];
                let now = SimTime::from_nanos(step as u64);
                if let Some(op) = node.state.edit(ReplicaId(replica), now, choice) {
                    joined.merge_delta(&node.state.delta_of(&op));
                    on_their_way.push(node.broadcast.send(op));
                }
            }
            Event::Arrive { which, at } if !on_their_way.is_empty() => {
                let envelope = Arc::clone(&on_their_way[which % on_their_way.len()]);
                nodes[usize::from(at)].receive(envelope);
            }
            Event::Arrive { .. } => {}
        }
    }
    for node in &mut nodes {
        for envelope in on_their_way.iter().rev() {
            node.receive(Arc::clone(envelope));
        }
        assert_eq!(node.state, joined);
        assert_eq!(
            node.broadcast.waiting().count(),
            0,
            "nobody waits for what has come"
        );
    }
    joined
}

/// Runs delta anti-entropy over the same kind of network, then gossips until nobody has anything
/// to send, and checks that all copies are equal.
fn check_deltas<C: Editable>(events: &[Event], capacity: usize) {
    let replicas: Vec<ReplicaId> = (0..REPLICAS).map(ReplicaId).collect();
    let mut copies: Vec<(C, DeltaBuffer<C::Delta>)> = replicas
        .iter()
        .map(|_| (C::default(), DeltaBuffer::with_capacity(capacity)))
        .collect();
    let mut joined = C::default();
    for (step, &event) in events.iter().enumerate() {
        match event {
            Event::Edit { replica, choice } => {
                let (state, buffer) = &mut copies[usize::from(replica)];
                let now = SimTime::from_nanos(step as u64);
                if let Some(op) = state.edit(ReplicaId(replica), now, choice) {
                    let delta = state.delta_of(&op);
                    joined.merge_delta(&delta);
                    buffer.push(ReplicaId(replica), delta);
                }
            }
            Event::Arrive { which, at } => {
                let from = ReplicaId((which % usize::from(REPLICAS)) as u16);
                let confirmed = which.is_multiple_of(2); // else the confirmation is lost
                exchange(&mut copies, from, ReplicaId(at), confirmed);
            }
        }
    }
    for _ in 0..REPLICAS {
        for &from in &replicas {
            for &to in &replicas {
                exchange(&mut copies, from, to, true);
            }
        }
    }
    for (me, (state, buffer)) in copies.iter_mut().enumerate() {
        assert_eq!(*state, joined);
        buffer.forget_confirmed(replicas.iter().copied().filter(|r| usize::from(r.0) != me));
        assert!(buffer.is_empty(), "everyone has confirmed everything");
    }
}

fn exchange<C: Crdt>(
    copies: &mut [(C, DeltaBuffer<C::Delta>)],
    from: ReplicaId,
    to: ReplicaId,
    confirmed: bool,
) {
    if from == to {
        return;
    }
    let (sender, buffer) = &copies[usize::from(from.0)];
    let (delta, up_to) = match buffer.shipment(to) {
        Shipment::Nothing => return,
        Shipment::Delta { delta, up_to } => (delta, up_to),
        Shipment::WholeState { up_to } => (sender.whole(), up_to),
    };
    let (state, buffer) = &mut copies[usize::from(to.0)];
    let news = state.news_in(&delta);
    if state.merge_delta(&news) {
        buffer.push(from, news);
    }
    if confirmed {
        copies[usize::from(from.0)].1.confirm(to, up_to);
    }
}

macro_rules! delivered {
    ($($name:ident: $type:ty),* $(,)?) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn operations_survive_duplication_and_reordering(events in events()) {
                    check_operations::<$type>(&events);
                }

                #[test]
                fn deltas_survive_loss_and_repetition(
                    events in events(),
                    capacity in 1_usize..40,
                ) {
                    check_deltas::<$type>(&events, capacity);
                }
            }
        }
    )*};
}

delivered! {
    g_counter: GCounter,
    pn_counter: PnCounter,
    lww_register: LwwRegister<u8>,
    mv_register: MvRegister<u8>,
    g_set: GSet<u8>,
    two_phase_set: TwoPhaseSet<u8>,
    or_set: OrSet<u8>,
    or_map: OrMap<u8, DotFun<u8>>,
    text: Text,
}

proptest! {
    #[test]
    fn no_increment_is_lost_or_counted_twice(events in events()) {
        let made: u128 = events
            .iter()
            .map(|&event| match event {
                Event::Edit { choice, .. } => u128::from(choice % 4),
                Event::Arrive { .. } => 0,
            })
            .sum();
        prop_assert_eq!(check_operations::<GCounter>(&events).value(), made);
    }
}

#[test]
fn an_operation_waits_for_what_its_author_had_seen() {
    let [mut ann, mut bo, mut eve] = [0, 1, 2].map(|r| CausalBroadcast::new(ReplicaId(r)));
    let first = ann.send(1);
    let second = ann.send(2);
    bo.receive(Arc::clone(&first));
    bo.receive(Arc::clone(&second));
    let third = bo.send(3);

    assert!(eve.receive(third).is_empty());
    assert!(eve.receive(second).is_empty());
    assert_eq!(eve.waiting().count(), 2);
    let order: Vec<i32> = eve.receive(first).iter().map(|e| e.op).collect();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn a_neighbour_that_had_news_itself_is_not_sent_the_whole_state() {
    let [me, ann, bo] = [0, 1, 2].map(ReplicaId);
    let mut buffer: DeltaBuffer<GSet<u8>> = DeltaBuffer::with_capacity(10);
    let news = |element| GSet::default().add(element);
    buffer.push(ann, news(1));
    let Shipment::Delta { up_to, .. } = buffer.shipment(bo) else {
        panic!("Bo lacks Ann's news");
    };
    buffer.confirm(bo, up_to);
    buffer.forget_confirmed([ann, bo]);
    assert!(buffer.is_empty());
    buffer.push(me, news(2));
    for peer in [ann, bo] {
        let shipment = buffer.shipment(peer);
        assert!(matches!(shipment, Shipment::Delta { .. }), "{shipment:?}");
    }
}

#[test]
fn a_neighbour_too_far_behind_is_sent_the_whole_state_and_then_deltas_again() {
    let [me, ann] = [0, 1].map(ReplicaId);
    let mut buffer: DeltaBuffer<GSet<u8>> = DeltaBuffer::with_capacity(2);
    for element in 0..3 {
        buffer.push(me, GSet::default().add(element));
    }
    let Shipment::WholeState { up_to } = buffer.shipment(ann) else {
        panic!("the first delta is gone");
    };
    buffer.confirm(ann, up_to);
    assert_eq!(buffer.shipment(ann), Shipment::Nothing);
    buffer.push(me, GSet::default().add(3));
    assert!(matches!(buffer.shipment(ann), Shipment::Delta { .. }));
}

#[test]
fn the_log_keeps_what_someone_may_lack_and_no_more() {
    let (mut ann, mut bo) = (
        CausalBroadcast::new(ReplicaId(0)),
        CausalBroadcast::new(ReplicaId(1)),
    );
    for op in 0..5 {
        ann.send(op);
    }
    let missing: Vec<_> = ann.since(bo.delivered()).cloned().collect();
    assert_eq!(missing.len(), 5);
    for envelope in missing.into_iter().take(3) {
        bo.receive(envelope);
    }
    assert_eq!(ann.since(bo.delivered()).count(), 2);
    ann.forget(bo.delivered());
    assert_eq!(ann.log_len(), 2);
    assert_eq!(
        ann.since(bo.delivered()).map(|e| e.op).collect::<Vec<_>>(),
        [3, 4]
    );
}

#[test]
fn at_least_once_a_duplicate_is_delivered_again_and_causes_still_come_first() {
    let mut asker = CausalBroadcast::new(ReplicaId(0));
    let (first, second) = (asker.send(1), asker.send(2));
    let mut once = CausalBroadcast::new(ReplicaId(1));
    let mut again = CausalBroadcast::at_least_once(ReplicaId(1));
    let mut arrive = |envelope: &Arc<Envelope<i32>>| {
        let delivered = |end: &mut CausalBroadcast<i32>| {
            let ready = end.receive(Arc::clone(envelope));
            ready.iter().map(|e| e.op).collect::<Vec<_>>()
        };
        (delivered(&mut once), delivered(&mut again))
    };
    assert_eq!(arrive(&second), (vec![], vec![]), "its cause is missing");
    assert_eq!(arrive(&first), (vec![1, 2], vec![1, 2]));
    assert_eq!(arrive(&first), (vec![], vec![1]));
}
