//! A picture as SVG text that stands alone: for thumbnails, export and pages without scripts.

use std::fmt::Write as _;

use super::picture::{Figure, Picture, PictureGroup, PictureSwarm, Primitive, Role, round};
use super::text::escape;
use super::tone::Tone;

const TOKENS: &str = include_str!("../../../styles/tokens.css");
const STAGE: &str = include_str!("../../../styles/stage.css");

/// Which colours a picture that stands alone takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Theme {
    /// Those of the reader's system.
    #[default]
    Auto,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Picture {
    /// The picture as an SVG document that follows the reader's system.
    pub fn to_svg(&self) -> String {
        self.to_svg_in(Theme::Auto)
    }

    /// The picture as an SVG document with its stylesheet inside.
    pub fn to_svg_in(&self, theme: Theme) -> String {
        let mut svg = String::with_capacity(64 * 1024);
        self.open(&mut svg, theme);
        let _ = write!(svg, "<style>{TOKENS}{STAGE}</style>");
        self.body(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    /// The picture as an `svg` element for a page that has the stylesheet.
    pub fn to_svg_fragment(&self) -> String {
        let mut svg = String::with_capacity(16 * 1024);
        self.open(&mut svg, Theme::Auto);
        self.body(&mut svg);
        svg.push_str("</svg>");
        svg
    }

    fn open(&self, svg: &mut String, theme: Theme) {
        let theme = match theme {
            Theme::Auto => "",
            Theme::Light => " data-theme=\"light\"",
            Theme::Dark => " data-theme=\"dark\"",
        };
        let (width, height) = (self.width, self.height);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage stage-{}\"{theme} \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{}\">",
            self.shape.name(),
            escape(&self.description),
        );
    }

    fn body(&self, svg: &mut String) {
        let _ = write!(
            svg,
            "<rect class=\"paper\" width=\"{}\" height=\"{}\"/>",
            self.width, self.height
        );
        for group in &self.groups {
            write_group(svg, group);
        }
        for swarm in &self.swarms {
            write_swarm(svg, swarm);
        }
    }
}

fn write_group(svg: &mut String, group: &PictureGroup) {
    let _ = write!(
        svg,
        "<g class=\"{}\" transform=\"translate({} {})\"",
        group.class, group.x, group.y
    );
    match group.role {
        Role::Decoration => svg.push_str(" aria-hidden=\"true\">"),
        Role::Image | Role::Button | Role::Field => {
            let _ = write!(svg, "><title>{}</title>", escape(&group.label));
        }
    }
    for primitive in &group.primitives {
        write_primitive(svg, primitive);
    }
    svg.push_str("</g>");
}

fn write_primitive(svg: &mut String, primitive: &Primitive) {
    let class = primitive.class;
    let _ = match &primitive.figure {
        Figure::Rect { x, y, w, h, rx } => write!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{rx}\"/>"
        ),
        Figure::Circle { cx, cy, r } => {
            write!(
                svg,
                "<circle class=\"{class}\" cx=\"{cx}\" cy=\"{cy}\" r=\"{r}\"/>"
            )
        }
        Figure::Dashes {
            cx,
            cy,
            r,
            width,
            lengths,
        } => {
            write!(
                svg,
                "<circle class=\"{class}\" cx=\"{cx}\" cy=\"{cy}\" r=\"{r}\" \
                 stroke-width=\"{width}\" stroke-dasharray=\"{lengths}\"/>"
            )
        }
        Figure::Line { x1, y1, x2, y2 } => write!(
            svg,
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ),
        Figure::Path { d } => write!(svg, "<path class=\"{class}\" d=\"{d}\"/>"),
        Figure::Text { x, y, anchor, text } => write!(
            svg,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{}\">{}</text>",
            anchor.name(),
            escape(text)
        ),
    };
}

/// How far apart neighbouring places of a dot may be, in tenths of a unit: the largest that moves no
/// dot by more than an eighth of its width either way. Whole and half units take half of what
/// tenths do.
fn places(radius: f32) -> i32 {
    let fits = |tenths: &i32| *tenths as f32 <= radius * 5.0;
    [5, 2].into_iter().find(fits).unwrap_or(1)
}

/// Points as one path per tone: dots are lines of no length with round ends, each found from the one
/// before.
fn write_swarm(svg: &mut String, swarm: &PictureSwarm) {
    let step = places(swarm.radius);
    let place = |at: f32| (f64::from(at) * 10.0 / f64::from(step)).round() as i32 * step;
    for index in 0..=u8::MAX {
        let Some(tone) = Tone::from_index(index) else {
            continue;
        };
        let points = swarm.tone.iter().zip(swarm.x.iter().zip(swarm.y.iter()));
        let mut d = String::new();
        let mut last = (0, 0);
        for (_, (x, y)) in points.filter(|&(&own, _)| own == index) {
            let (x, y) = (place(*x), place(*y));
            d.push(if d.is_empty() { 'M' } else { 'm' });
            write_tenths(&mut d, x - last.0);
            if y >= last.1 {
                d.push(' ');
            }
            write_tenths(&mut d, y - last.1);
            d.push_str("h0");
            last = (x, y);
        }
        if !d.is_empty() {
            let _ = write!(
                svg,
                "<path class=\"swarm {}\" stroke-width=\"{}\" d=\"{d}\"/>",
                tone.class(),
                round(f64::from(swarm.radius) * 2.0)
            );
        }
    }
}

/// A number of tenths as short as it goes.
fn write_tenths(text: &mut String, tenths: i32) {
    if tenths < 0 {
        text.push('-');
    }
    let (whole, part) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    if whole > 0 || part == 0 {
        let _ = write!(text, "{whole}");
    }
    if part > 0 {
        let _ = write!(text, ".{part}");
    }
}
