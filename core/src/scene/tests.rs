//! Promises of the scene as a whole.

use std::collections::BTreeSet;

use super::*;
use crate::value::Call;

fn node_at(scene: &mut SceneBuilder, id: &str, x: f64) {
    let frame = Rect::new(x, 100.0, 100.0, 60.0);
    scene.node(id, frame).label(id.to_uppercase());
}

fn with_items(items: Vec<Item>) -> Scene {
    Scene {
        shape: StageShape::Wide,
        summary: String::new(),
        items,
        routes: draw::Routes::default(),
    }
}

#[test]
fn equal_scenes_make_equal_pictures_and_texts() {
    for shape in StageShape::ALL {
        let (one, other) = (sample::all(shape), sample::all(shape));
        assert_eq!(one, other);
        assert_eq!(one.to_picture(), other.to_picture());
        assert_eq!(one.to_picture().to_svg(), other.to_picture().to_svg());
        assert_eq!(one.outline(), other.outline());
        assert_eq!(one.problems(), Vec::<String>::new());
    }
}

#[test]
fn an_id_used_twice_is_a_problem() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    node_at(&mut scene, "a", 10.0);
    let item = scene.finish().items.remove(0);
    let twice = with_items(vec![item.clone(), item]);
    assert_eq!(twice.problems(), ["the id a is used twice"]);
}

#[test]
fn every_kind_of_problem_is_named() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    scene.node("bare", Rect::new(0.0, 0.0, 50.0, 50.0));
    scene
        .node("far off", Rect::new(2_000.0, 0.0, 50.0, 50.0))
        .label("Far");
    scene.link("wire", "bare", "nowhere");
    scene
        .state_machine("machine", Rect::new(0.0, 0.0, 50.0, 50.0), [])
        .label("Machine")
        .current(3);
    assert_eq!(
        scene.finish().problems(),
        [
            "bare has neither a label nor a description",
            "the id \"far off\" is empty or has white space or a slash in it",
            "far off is off the wide stage",
            "wire leads to nowhere, which is not on the stage",
            "machine is in state 3 of 0",
        ]
    );
}

#[test]
fn a_thing_that_only_moves_changes_only_its_place() {
    let picture = |fraction: f64| {
        let mut scene = SceneBuilder::new(StageShape::Wide);
        node_at(&mut scene, "a", 100.0);
        node_at(&mut scene, "b", 600.0);
        scene
            .message("m", "a", "b", fraction)
            .label("GET")
            .tone(Tone::Active);
        scene.finish().to_picture()
    };
    let (before, after) = (picture(0.4), picture(0.6));
    for (before, after) in before.groups.iter().zip(&after.groups) {
        assert_eq!(before.primitives, after.primitives);
        assert_eq!(before.y, after.y);
        assert_eq!(before.x != after.x, before.id == "m", "{}", before.id);
    }
}

#[test]
fn messages_that_would_cover_each_other_stand_side_by_side() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    node_at(&mut scene, "a", 100.0);
    node_at(&mut scene, "b", 600.0);
    for index in 0..3_usize {
        scene.message(("there", index), "a", "b", 0.5);
        scene.message(("back", index), "b", "a", 0.5);
    }
    let picture = scene.finish().to_picture();
    let places: Vec<Point> = picture
        .groups
        .iter()
        .filter(|group| group.class.contains("item-message"))
        .map(|group| Point::new(group.x, group.y))
        .collect();
    assert_eq!(places.len(), 6);
    for (index, place) in places.iter().enumerate() {
        for other in &places[index + 1..] {
            assert!(place.distance(*other) >= 14.0, "{place:?} {other:?}");
        }
    }
}

#[test]
fn every_tone_has_a_sign_that_needs_no_colour() {
    let signs: BTreeSet<String> = Tone::STATES
        .iter()
        .map(|tone| {
            let mut scene = SceneBuilder::new(StageShape::Wide);
            let frame = Rect::new(0.0, 0.0, 200.0, 40.0);
            scene
                .legend("legend", frame, [(*tone, "same words")])
                .label("Legend");
            let picture = scene.finish().to_picture();
            let figures: Vec<_> = picture.groups[0]
                .primitives
                .iter()
                .map(|part| (part.class.names, part.figure.clone()))
                .collect();
            format!("{figures:?}")
        })
        .collect();
    assert_eq!(signs.len(), Tone::STATES.len());
}

#[test]
fn every_tone_survives_its_index() {
    for tone in (0..sample::TONES).map(sample::tone) {
        assert_eq!(Tone::from_index(tone.index()), Some(tone));
    }
    assert_eq!(Tone::from_index(9), None);
    assert_eq!(Tone::series(25), Tone::Series(1));
}

#[test]
fn ids_of_groups_are_unique_and_layers_keep_their_order() {
    let picture = sample::all(StageShape::Wide).to_picture();
    let ids: BTreeSet<&str> = picture
        .groups
        .iter()
        .map(|group| group.id.as_str())
        .collect();
    assert_eq!(ids.len(), picture.groups.len());
    let at = |id: &str| picture.groups.iter().position(|group| group.id == id);
    assert!(at("wire") < at("node-0"));
    assert!(at("node-0") < at("message-0"));
    assert!(at("message-0") < at("orders/badges"));
}

#[test]
fn a_link_can_lead_from_one_box_to_another_over_what_lies_between() {
    let scene = |at: usize| {
        let mut scene = SceneBuilder::new(StageShape::Wide);
        let above = Rect::new(100.0, 40.0, 300.0, 34.0);
        let below = Rect::new(100.0, 200.0, 300.0, 200.0);
        let cells = |count: usize| (0..count).map(|n| Cell::new((n % 10).to_string(), Tone::Plain));
        scene.cells("places", above, cells(4)).describe("Places");
        scene
            .cells("bits", below, cells(20))
            .columns(10)
            .describe("Bits");
        scene
            .link("arrow", End::part("places", 1), End::part("bits", at))
            .arrow();
        scene.finish()
    };
    let first = scene(3);
    assert_eq!(first.problems(), Vec::<String>::new());
    let arrow = first.item("arrow").expect("it is there");
    assert_eq!(arrow.description, "places to bits: link.");
    // From the foot of the second of four boxes to the head of the fourth of ten.
    let middle = |at: f64| 100.0 + (at + 0.5) * 26.0;
    assert!(
        (arrow.frame.x - middle(1.0)).abs() < 2.0,
        "{:?}",
        arrow.frame
    );
    assert!((arrow.frame.right() - middle(3.0)).abs() < 2.0);
    assert!(arrow.frame.y > 70.0 && arrow.frame.bottom() < 202.0);
    let picture = first.to_picture();
    let last = picture.groups.last().map(|group| group.id.as_str());
    assert_eq!(last, Some("arrow"), "it is drawn over the boxes");
    // A box further down is entered by its head too; one that is not there is the whole strip.
    assert!(scene(13).item("arrow").expect("it is there").frame.bottom() > 230.0);
    let whole = scene(99);
    assert_eq!(whole.problems(), Vec::<String>::new());
    assert!(whole.item("arrow").expect("it is there").frame.bottom() < 202.0);
}

#[test]
fn a_link_out_of_a_grid_leaves_by_the_foot_of_its_column() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    let grid = Rect::new(100.0, 40.0, 300.0, 90.0);
    let cells = (0..5).map(|n| Cell::new(n.to_string(), Tone::Plain));
    scene.cells("grid", grid, cells).columns(2).describe("Grid");
    node_at(&mut scene, "above", 600.0);
    scene
        .node("below", Rect::new(100.0, 300.0, 100.0, 60.0))
        .label("Below");
    scene.link("down", End::part("grid", 0), "below");
    scene.link("short", End::part("grid", 1), "below");
    let scene = scene.finish();
    let top = |id| scene.item(id).expect("it is there").frame.y;
    assert!(top("down") >= 124.0, "under the third row: {}", top("down"));
    assert!(
        (99.0..=101.0).contains(&top("short")),
        "the second column has two rows: {}",
        top("short")
    );
}

#[test]
fn a_message_does_not_say_its_name_over_a_badge() {
    let frame = |badge: Option<Badge>| {
        let mut scene = SceneBuilder::new(StageShape::Wide);
        scene
            .node("a", Rect::new(300.0, 100.0, 100.0, 60.0))
            .label("A")
            .with(badge, Placed::badge);
        scene
            .node("b", Rect::new(300.0, 400.0, 100.0, 60.0))
            .label("B");
        scene.message("message", "a", "b", 0.05).label("GET");
        let scene = scene.finish();
        scene.item("message").expect("it is there").frame
    };
    let badge = Badge::new("waits for an answer from B", Tone::Pending);
    let (free, badged) = (frame(None), frame(Some(badge)));
    assert!(free.w > 40.0, "the name stands beside the dot: {free:?}");
    let moved = badged.bottom() > free.bottom() + 10.0;
    assert!(moved, "where the badge is it goes below: {badged:?}");
}

#[test]
fn parts_with_something_to_do_are_groups_of_their_own() {
    let picture = sample::all(StageShape::Wide).to_picture();
    let row = picture
        .groups
        .iter()
        .find(|group| group.id == "orders/row-0")
        .expect("the row has a menu");
    assert!(row.is_focusable());
    assert_eq!(row.label, "#1, State done");
    assert_eq!(row.menu[0].call, Call::new("resolve").with("order", 1));
    let badges = picture
        .groups
        .iter()
        .find(|group| group.id == "orders/badges");
    assert_eq!(badges.and_then(|group| group.event()), Some(7));
}

#[test]
fn an_item_names_every_call_that_it_or_a_part_of_it_can_make() {
    let scene = sample::all(StageShape::Wide);
    let names = |id: &str| {
        let item = scene.item(id).expect("the sample has it");
        let names = item.calls().into_iter().map(|call| call.name.as_str());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("node-0"), ["crash"]);
    assert_eq!(names("orders"), ["resolve"]);
    assert_eq!(names("curve"), Vec::<&str>::new());
}

#[test]
fn user_text_cannot_break_out_of_the_svg() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    let frame = scene.area().centered(400.0, 60.0);
    let nasty = "</text><script>alert('\u{1}\u{ffff}')</script>&\"";
    scene.node("n", frame).label(nasty).note(nasty);
    let svg = scene.finish().to_picture().to_svg();
    assert!(!svg.contains("<script"));
    assert!(svg.contains("&lt;script&gt;"));
    assert!(!svg.contains('\u{1}') && !svg.contains('\u{ffff}'));
}

#[test]
fn a_picture_has_classes_and_no_style_attributes() {
    for shape in StageShape::ALL {
        let svg = sample::all(shape).to_picture().to_svg_fragment();
        for banned in ["style=", "fill=", "stroke=", "<style", "#"] {
            let clean = svg.replace("&#39;", "").replace("#1", "");
            assert!(!clean.contains(banned), "{banned}");
        }
    }
}

#[test]
fn every_class_that_is_painted_has_a_rule_in_the_stylesheet() {
    let stylesheet = include_str!("../../../styles/stage.css");
    let mut classes = BTreeSet::new();
    for kind in 0..sample::KINDS {
        for amount in [0, 5, 40] {
            let frame = Rect::new(10.0, 10.0, 400.0, 300.0);
            let scene = sample::one(kind, frame, Tone::Pending, amount);
            for group in scene.to_picture().groups {
                for part in &group.primitives {
                    classes.extend(part.class.names.split(' '));
                    classes.extend(part.class.tone.map(Tone::class));
                }
            }
        }
    }
    for class in classes {
        assert!(stylesheet.contains(&format!(".{class}")), "{class}");
    }
}

#[test]
fn a_description_tells_what_the_picture_shows() {
    let mut scene = SceneBuilder::new(StageShape::Wide);
    scene.summary("One server is down");
    node_at(&mut scene, "a", 100.0);
    node_at(&mut scene, "b", 600.0);
    scene.message("m", "a", "b", 0.5).label("GET").lost();
    let frame = Rect::new(0.0, 200.0, 200.0, 60.0);
    scene
        .queue("q", frame, [Tone::Active; 3])
        .label("Waiting")
        .capacity(4)
        .badge(Badge::new("nearly full", Tone::Stale));
    assert_eq!(
        scene.finish().describe(),
        "One server is down. A: node. B: node. GET, A to B: message, lost. \
         Waiting: queue, 3 of 4 places taken; nearly full."
    );
}

#[test]
fn layouts_stay_inside_and_do_not_overlap() {
    let area = StageShape::Wide.area();
    for count in 1..30 {
        for tiles in [
            area.tiles(count, 1.5, 8.0),
            area.columns(count, 8.0),
            area.rows(count, 8.0),
        ] {
            assert_eq!(tiles.len(), count);
            for (index, tile) in tiles.iter().enumerate() {
                assert!(area.contains(*tile));
                for other in &tiles[index + 1..] {
                    let apart = tile.right() <= other.x + 0.01 || tile.bottom() <= other.y + 0.01;
                    assert!(apart, "{tile:?} {other:?}");
                }
            }
        }
        for frame in area.around(count, 60.0, 40.0) {
            assert!(area.contains(frame));
        }
    }
    assert!(area.tiles(0, 1.0, 8.0).is_empty());
}

#[test]
fn a_label_gives_way_to_words_and_a_count_finds_another_place() {
    // On its way to the right the dot is a little above the line between the two.
    let (over, around) = (
        Rect::new(300.0, 100.0, 200.0, 16.0),
        Rect::new(300.0, 100.0, 200.0, 60.0),
    );
    let label = |words: Option<Rect>, count| {
        let mut scene = SceneBuilder::new(StageShape::Wide);
        node_at(&mut scene, "a", 100.0);
        node_at(&mut scene, "b", 600.0);
        scene.message("m", "a", "b", 0.5).label("GET").count(count);
        if let Some(frame) = words {
            scene.text("words", frame, "Words that are read.");
        }
        let message = scene
            .finish()
            .items
            .into_iter()
            .find(|item| item.id.as_str() == "m");
        message.expect("it is there").frame
    };
    let (free, below) = (label(None, 1), label(Some(over), 1));
    assert!(below.bottom() > free.bottom(), "{free:?} {below:?}");
    let dot = label(Some(around), 1);
    assert!(dot.h < below.h, "the label waits: {dot:?}");
    let many = label(Some(around), 15);
    assert!(many.w > dot.w, "a count is always told: {many:?}");
}
