//! What a breaker is told: when to open, how long to wait, how to judge a recovery.
//!
//! Only data and its limits. How the data is used stands in the parent module.

use thiserror::Error;

use crate::time::Span;

/// The largest window that [`Settings::check`] accepts, in calls or in seconds: enough for a day
/// of one-second buckets and small enough to allocate without a thought.
pub const WINDOW_MAX: u32 = 100_000;

/// Everything that decides how a [`CircuitBreaker`](super::CircuitBreaker) behaves.
///
/// ```
/// use orrery_core::patterns::resilience::circuit_breaker::algorithm::{Percent, Settings};
/// use orrery_core::time::Span;
///
/// let mut settings = Settings::resilience4j();
/// settings.failure_rate = Percent::new(20);
/// settings.slow_after = Span::from_millis(800);
/// assert!(settings.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// When a closed breaker opens.
    pub trip: TripRule,
    /// Whether a result stops counting when it leaves the window. Without it everything counts
    /// since the breaker closed, as in Sony's gobreaker with an `Interval` of 0, its default: the
    /// longer all was well, the longer trouble goes unseen.
    pub forgets: bool,
    /// The share of failed calls that opens, and that a recovery must stay below.
    pub failure_rate: Percent,
    /// The share of slow calls that opens, and that a recovery must stay below.
    pub slow_rate: Percent,
    /// A call is slow when it took strictly longer than this.
    pub slow_after: Span,
    /// How long an open breaker refuses before it lets a trial through.
    pub wait: Wait,
    /// Who is let through after the wait, and when the trial is decided.
    pub half_open: HalfOpen,
    /// What becomes of a result whose call was admitted in an earlier state.
    pub late_results: LateResults,
}

/// When a closed breaker opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TripRule {
    /// This many failures without a success between them. Slowness plays no part.
    Consecutive {
        /// Failures in a row, at least 1.
        failures: u32,
    },
    /// The failure rate or the slow-call rate over a window reaches its threshold.
    Rates {
        /// The calls that are looked back on.
        window: WindowSize,
        /// Below this many calls in the window no rate is defined and nothing opens. In a window
        /// of calls the smaller of this and the window's size counts.
        minimum_calls: u32,
    },
}

/// How far back the rates look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSize {
    /// The last so many calls.
    Calls(u32),
    /// The current whole second of the clock and the `n - 1` before it.
    Seconds(u32),
}

/// How long the breaker stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The same span each time.
    Fixed(Span),
    /// Longer with each opening since the breaker last closed.
    Exponential {
        /// The first wait.
        initial: Span,
        /// What each further wait is multiplied by, in percent: 150 is one and a half times.
        multiplier_percent: u32,
        /// No wait is longer than this.
        cap: Span,
    },
}

/// The trial between open and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfOpen {
    /// How many trial calls are let through.
    pub trials: u32,
    /// Whether `trials` is enforced. Without the limit every waiting caller is let through at the
    /// same moment, onto a dependency that has only just come back.
    pub limited: bool,
    /// How the trial is decided.
    pub verdict: Verdict,
    /// The trial counts as failed when it is still undecided after this time.
    pub at_most: Option<Span>,
}

/// How the results of a trial decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Once `after` results are in: closes if the failure rate and the slow-call rate over them
    /// are both below their thresholds, opens again otherwise. `trials` is the total admitted.
    Rates {
        /// Results that are waited for, from 1 to `trials`.
        after: u32,
    },
    /// Closes after this many successes; any failure opens again at once. `trials` is how many
    /// may be in flight together: a success makes room for the next trial.
    Streak {
        /// Successes needed, at least 1.
        successes: u32,
    },
}

/// What becomes of a result whose call was admitted in an earlier state.
///
/// A call that hangs for ten seconds is admitted by a closed breaker and reports to whatever the
/// breaker has become. Its result speaks of how things were then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LateResults {
    /// It changes nothing, as in Sony's gobreaker, which numbers its generations for this.
    Discard,
    /// It is counted in whatever state it arrives, as in Resilience4j and Polly: one that
    /// arrives during a trial is judged with the trial's own results.
    Count,
}

impl Settings {
    /// The simple breaker of Nygard's *Release It!*: `failures` in a row open it, and after `wait`
    /// one trial at a time is let through until `successes` of them have closed it.
    pub const fn consecutive(failures: u32, successes: u32, wait: Span) -> Self {
        Self {
            trip: TripRule::Consecutive { failures },
            forgets: true,
            failure_rate: Percent::new(100),
            slow_rate: Percent::new(100),
            slow_after: Span::MAX,
            wait: Wait::Fixed(wait),
            half_open: HalfOpen {
                trials: 1,
                limited: true,
                verdict: Verdict::Streak { successes },
                at_most: None,
            },
            late_results: LateResults::Discard,
        }
    }

    /// What Resilience4j 2.2 does when it is told nothing: half of the last 100 calls failed, or
    /// all of them slower than a minute; a wait of a minute; ten trials; late results counted.
    pub const fn resilience4j() -> Self {
        Self {
            trip: TripRule::Rates {
                window: WindowSize::Calls(100),
                minimum_calls: 100,
            },
            forgets: true,
            failure_rate: Percent::new(50),
            slow_rate: Percent::new(100),
            slow_after: Span::from_secs(60),
            wait: Wait::Fixed(Span::from_secs(60)),
            half_open: HalfOpen::all_in(10),
            late_results: LateResults::Count,
        }
    }

    /// Whether every value is within its limits.
    ///
    /// # Errors
    /// The first value that is not, with its limit.
    pub fn check(&self) -> Result<(), SettingsError> {
        let (size, minimum) = match self.trip {
            TripRule::Consecutive { failures } => (failures, 1),
            TripRule::Rates {
                window: WindowSize::Calls(size) | WindowSize::Seconds(size),
                minimum_calls,
            } => (size, minimum_calls),
        };
        at_least_one("minimum_calls", minimum)?;
        at_least_one("the window", size)?;
        if size > WINDOW_MAX {
            return Err(SettingsError::WindowTooLarge(size));
        }
        for (name, rate) in [
            ("failure_rate", self.failure_rate),
            ("slow_rate", self.slow_rate),
        ] {
            if rate.hundredths() == 0 || rate.hundredths() > 10_000 {
                return Err(SettingsError::Rate(name, rate));
            }
        }
        self.wait.check()?;
        self.half_open.check()
    }
}

impl HalfOpen {
    /// `trials` calls in all, judged by their rates when all of them are in.
    pub const fn all_in(trials: u32) -> Self {
        Self {
            trials,
            limited: true,
            verdict: Verdict::Rates { after: trials },
            at_most: None,
        }
    }

    /// `trials` calls in all, judged as Resilience4j does: its `minimumNumberOfCalls` holds in
    /// this state too, so that a minimum smaller than the trials judges before all are in.
    pub fn resilience4j(trials: u32, minimum_calls: u32) -> Self {
        Self {
            verdict: Verdict::Rates {
                after: trials.min(minimum_calls),
            },
            ..Self::all_in(trials)
        }
    }

    fn check(&self) -> Result<(), SettingsError> {
        at_least_one("trials", self.trials)?;
        match self.verdict {
            Verdict::Rates { after } => {
                at_least_one("the results a verdict waits for", after)?;
                if after > self.trials {
                    return Err(SettingsError::VerdictNeverReached {
                        after,
                        trials: self.trials,
                    });
                }
            }
            Verdict::Streak { successes } => at_least_one("successes", successes)?,
        }
        match self.at_most {
            Some(span) if span.is_zero() => Err(SettingsError::NoTime("half_open.at_most")),
            Some(_) | None => Ok(()),
        }
    }
}

impl Wait {
    /// The wait of the first opening after the breaker was closed.
    pub fn first(self) -> Span {
        match self {
            Self::Fixed(span) => span,
            Self::Exponential { initial, cap, .. } => initial.min(cap),
        }
    }

    /// The wait of the opening that follows one of `previous`, with no closing between them.
    // region: backoff
    pub fn after(self, previous: Span) -> Span {
        match self {
            Self::Fixed(span) => span,
            Self::Exponential {
                multiplier_percent,
                cap,
                ..
            } => {
                let grown = u128::from(previous.as_nanos()) * u128::from(multiplier_percent) / 100;
                Span::from_nanos(u64::try_from(grown).unwrap_or(u64::MAX)).min(cap)
            }
        }
    }
    // endregion

    fn check(self) -> Result<(), SettingsError> {
        match self {
            Self::Fixed(span) if span.is_zero() => Err(SettingsError::NoTime("wait")),
            Self::Exponential { initial, cap, .. } if initial.is_zero() || cap.is_zero() => {
                Err(SettingsError::NoTime("wait"))
            }
            Self::Exponential {
                multiplier_percent, ..
            } if multiplier_percent < 100 => Err(SettingsError::Shrinking(multiplier_percent)),
            Self::Fixed(_) | Self::Exponential { .. } => Ok(()),
        }
    }
}

/// A share in hundredths of a percent, so that "reaches the threshold" is exact arithmetic.
///
/// ```
/// use orrery_core::patterns::resilience::circuit_breaker::algorithm::Percent;
///
/// assert!(Percent::new(50).is_reached_by(1, 2));
/// assert!(!Percent::from_hundredths(33_34).is_reached_by(1, 3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

impl Percent {
    /// A whole number of percent.
    pub const fn new(percent: u32) -> Self {
        Self(percent.saturating_mul(100))
    }

    /// A number of hundredths of a percent: `33_34` is 33.34 %.
    pub const fn from_hundredths(hundredths: u32) -> Self {
        Self(hundredths)
    }

    /// The share in hundredths of a percent.
    pub const fn hundredths(self) -> u32 {
        self.0
    }

    /// Whether `part` of `whole` is at least this share. Of nothing, no share is reached.
    pub const fn is_reached_by(self, part: u32, whole: u32) -> bool {
        whole > 0 && part as u64 * 10_000 >= self.0 as u64 * whole as u64
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole} %"),
            (whole, part) => write!(f, "{whole}.{part:02} %"),
        }
    }
}

/// A setting outside its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A count that must be at least 1 is 0.
    #[error("{0} is 0; give at least 1")]
    Zero(&'static str),
    /// The window is larger than [`WINDOW_MAX`].
    #[error("the window is {0}; give at most {WINDOW_MAX}")]
    WindowTooLarge(u32),
    /// A rate is outside (0 %, 100 %].
    #[error("{0} is {1}; give more than 0 % and at most 100 %")]
    Rate(&'static str, Percent),
    /// A span that must be positive is zero.
    #[error("{0} is no time at all; give at least one nanosecond")]
    NoTime(&'static str),
    /// A multiplier below 100 % would make repeated waits shorter.
    #[error("the wait multiplier is {0} %; give at least 100 %")]
    Shrinking(u32),
    /// The verdict waits for more results than calls are let through.
    #[error("the verdict waits for {after} results of only {trials} trials; wait for fewer")]
    VerdictNeverReached {
        /// Results waited for.
        after: u32,
        /// Trials let through.
        trials: u32,
    },
}

fn at_least_one(name: &'static str, value: u32) -> Result<(), SettingsError> {
    if value == 0 {
        return Err(SettingsError::Zero(name));
    }
    Ok(())
}
