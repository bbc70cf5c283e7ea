//! What a part means: tones, emphasis and line styles. Never a colour.

/// The meaning of an item or of a part of one.
///
/// Every tone has a colour, a sign that does not need colour (a glyph, a line style) and a word;
/// see [`Tone::word`].
///
/// ```
/// use orrery_core::scene::Tone;
///
/// assert_eq!(Tone::Refused.word(), "refused");
/// assert_eq!(Tone::from_index(Tone::Series(3).index()), Some(Tone::Series(3)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tone {
    /// Structure, without a state of its own.
    #[default]
    Plain,
    /// At rest, empty, out of play: nothing is asked of it now.
    Idle,
    /// At work now; what the eye should follow.
    Active,
    /// Not decided yet: waiting, in doubt, uncommitted, on trial.
    Pending,
    /// Succeeded, admitted, committed, healthy.
    Good,
    /// Out of date, slow, running short: a warning.
    Stale,
    /// Turned away by a rule that worked as intended.
    Refused,
    /// Broken: crashed, lost, a violated promise.
    Failed,
    /// The one in charge: leader, primary, coordinator, token holder.
    Leader,
    /// The n-th of several equals (an owner, a replica, a variant), without judgement. Hues repeat
    /// after twelve, so what matters must also be named.
    Series(u8),
}

impl Tone {
    /// Every tone that carries a state.
    pub const STATES: [Self; 9] = [
        Self::Plain,
        Self::Idle,
        Self::Active,
        Self::Pending,
        Self::Good,
        Self::Stale,
        Self::Refused,
        Self::Failed,
        Self::Leader,
    ];

    /// How many hues the series has before it repeats.
    pub const SERIES: u8 = 12;

    /// The tone of the n-th of several equals, for any count.
    pub const fn series(index: usize) -> Self {
        Self::Series((index % Self::SERIES as usize) as u8)
    }

    /// The word for it in accessible text; empty for [`Tone::Plain`] and [`Tone::Series`].
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain | Self::Series(_) => "",
            Self::Idle => "idle",
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Good => "good",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Leader => "leader",
        }
    }

    /// The class that sets the tone's colours in the stylesheet.
    pub const fn class(self) -> &'static str {
        const SERIES: [&str; Tone::SERIES as usize] = [
            "series-0",
            "series-1",
            "series-2",
            "series-3",
            "series-4",
            "series-5",
            "series-6",
            "series-7",
            "series-8",
            "series-9",
            "series-10",
            "series-11",
        ];
        match self {
            Self::Plain => "tone-plain",
            Self::Idle => "tone-idle",
            Self::Active => "tone-active",
            Self::Pending => "tone-pending",
            Self::Good => "tone-good",
            Self::Stale => "tone-stale",
            Self::Refused => "tone-refused",
            Self::Failed => "tone-failed",
            Self::Leader => "tone-leader",
            Self::Series(n) => SERIES[(n % Self::SERIES) as usize],
        }
    }

    /// A small number for it, as swarms store it: states first, then the series from 16.
    pub const fn index(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Idle => 1,
            Self::Active => 2,
            Self::Pending => 3,
            Self::Good => 4,
            Self::Stale => 5,
            Self::Refused => 6,
            Self::Failed => 7,
            Self::Leader => 8,
            Self::Series(n) => 16 + n % Self::SERIES,
        }
    }

    /// The tone with this [`index`](Self::index), if there is one.
    pub fn from_index(index: u8) -> Option<Self> {
        match index {
            0..=8 => Some(Self::STATES[usize::from(index)]),
            16..=27 => Some(Self::Series(index - 16)),
            _ => None,
        }
    }
}

/// How much an item asks to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Emphasis {
    /// Stepped back, because something else is being shown.
    Dim,
    /// As always.
    #[default]
    Normal,
    /// What the present step is about.
    Strong,
}

/// How a line or an outline is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Line {
    /// Settled, committed, connected.
    #[default]
    Solid,
    /// Provisional: uncommitted, planned, a fallback.
    Dashed,
    /// A link that carries nothing: partitioned.
    Cut,
    /// Overruled: conflicting, deleted.
    Struck,
}

impl Line {
    /// The word for it in accessible text; empty for [`Line::Solid`].
    pub const fn word(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Dashed => "provisional",
            Self::Cut => "cut",
            Self::Struck => "struck out",
        }
    }
}
