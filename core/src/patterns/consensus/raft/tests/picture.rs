//! The picture and the forms: what they say is what is so.

use super::super::PATTERN;
use crate::kernel::network::NodeId;
use crate::kernel::session::Session;
use crate::scene::{Cells, ItemId, Line, Node, Scene, ShapeKind, StageShape, Tone};
use crate::spec::Kind;
use crate::time::{SimTime, Span};

fn open(scenario: &str) -> Box<dyn Session> {
    let scenario = PATTERN.scenario(scenario).expect("there is such a one");
    (PATTERN.machine.open)(&scenario.state()).expect("its knobs are accepted")
}

fn shape<S: ShapeKind>(scene: &Scene, id: impl Into<ItemId>) -> &S {
    let item = scene.item(id.into().as_str()).expect("it is drawn");
    S::of_shape(&item.shape).expect("it is such a shape")
}

#[test]
fn every_server_is_filled_with_its_term_and_the_leader_marked_besides() {
    let mut session = open("minority");
    session.seek(SimTime::from_millis(4_400));
    let scene = session.scene(StageShape::Wide);
    let drawn = |server: usize| {
        let tone = scene
            .item(&format!("server-{server}"))
            .expect("it is drawn")
            .tone;
        let node: &Node = shape(&scene, ("server", server));
        (node.note.clone(), tone, node.leads)
    };
    let term = |term: u16| (format!("term {term}"), Tone::series(usize::from(term)));
    let (old, new) = (term(1), term(2));
    assert_eq!(
        drawn(0),
        (old.0.clone(), old.1, true),
        "it still believes that it leads"
    );
    assert_eq!(drawn(1), (old.0, old.1, false), "its follower");
    let others: Vec<_> = (2..5).map(drawn).collect();
    let leads = others.iter().filter(|(_, _, leads)| *leads).count();
    assert_eq!(leads, 1, "one of the others leads");
    for (note, tone, _) in others {
        assert_eq!((note, tone), new.clone());
    }
}

#[test]
fn entries_that_the_new_leader_lacks_are_struck_out_before_they_go() {
    let mut session = open("minority");
    let lines = |session: &mut dyn Session, millis: u64| -> Vec<Line> {
        session.seek(SimTime::from_millis(millis));
        let scene = session.scene(StageShape::Wide);
        let log: &Cells = shape(&scene, ("log", 0_usize));
        log.cells.iter().map(|cell| cell.line).collect()
    };
    let last = |lines: Vec<Line>| lines.last().copied();
    assert_eq!(
        last(lines(&mut *session, 1_800)),
        Some(Line::Dashed),
        "its own term, not certain"
    );
    assert_eq!(
        last(lines(&mut *session, 4_400)),
        Some(Line::Struck),
        "another leads a later term"
    );
    let healed = lines(&mut *session, 6_000);
    assert!(!healed.contains(&Line::Struck), "it has the leader’s log");
}

#[test]
fn who_is_said_to_differ_does() {
    let mut said = 0;
    for scenario in (PATTERN.scenarios)() {
        let mut session = open(scenario.slug);
        let end = SimTime::ZERO + scenario.lasts;
        let mut at = SimTime::ZERO;
        while at < end {
            at += Span::from_millis(25);
            session.seek(at);
            let scene = session.scene(StageShape::Wide);
            for server in 0..9_usize {
                let Some(item) = scene.item(&format!("server-{server}")) else {
                    continue;
                };
                let differs = |badge: &&crate::scene::Badge| badge.text.starts_with("differs at ");
                let Some(badge) = item.badges.iter().find(differs) else {
                    continue;
                };
                said += 1;
                let index: usize = badge.text["differs at ".len()..].parse().expect("an index");
                let log: &Cells = shape(&scene, ("log", server));
                let first = log.first_index.expect("logs are indexed");
                // What is no longer shown cannot be looked at.
                let Some(place) = index.checked_sub(first) else {
                    continue;
                };
                let struck = log
                    .cells
                    .get(place)
                    .is_none_or(|cell| cell.line == Line::Struck);
                assert!(
                    struck,
                    "{} at {at}: S{} {}",
                    scenario.slug,
                    server + 1,
                    badge.text
                );
            }
        }
    }
    assert!(said > 10, "it is said at all: {said}");
}

#[test]
fn forms_for_a_server_offer_no_client() {
    let session = open("tour");
    let nodes = session.nodes();
    let fields = (PATTERN.machine.actions)()
        .iter()
        .flat_map(|action| &action.params);
    let fields: Vec<_> = fields.filter(|field| field.kind == Kind::Node).collect();
    assert_eq!(fields.len(), 3);
    for field in fields {
        let offered = nodes.iter().filter(|node| field.offers(&node.name));
        let offered: Vec<NodeId> = offered.map(|node| node.id).collect();
        assert_eq!(offered, [0, 1, 2, 3, 4].map(NodeId), "{}", field.label);
    }
}
