//! Declarations of settings and actions: one line gives type, default, range, unit, help, link key
//! and form control.
//!
//! [`knobs!`](crate::knobs), [`actions!`](crate::actions) and [`choices!`](crate::choices) turn a
//! declaration into a plain struct or enum and into [`Spec`]s that any shell can build a form
//! from. Everything that comes from outside (a link, a form, a script) passes [`Spec::read`], so
//! that a typed value is always within its range.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::real::plain;
use crate::time::Span;
use crate::value::{Call, Value};

/// What a setting accepts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Kind {
    /// On or off.
    Flag,
    /// A whole number within an inclusive range.
    Int {
        /// Smallest accepted.
        min: i64,
        /// Largest accepted.
        max: i64,
    },
    /// A real number within an inclusive range.
    Real {
        /// Smallest accepted.
        min: f64,
        /// Largest accepted.
        max: f64,
    },
    /// One of a fixed list.
    Choice(&'static [Choice]),
    /// Free text of at most so many characters.
    Text {
        /// Most characters accepted.
        max_chars: usize,
    },
    /// One node of the running model, by its index.
    Node,
    /// Several nodes, as indices separated by spaces.
    Nodes,
    /// A pasted arrival trace in CSV.
    Trace,
}

/// One option of a [`Kind::Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The stable key, as it stands in links.
    pub key: &'static str,
    /// The text a person reads.
    pub label: &'static str,
}

/// One knob, or one parameter of an action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spec {
    /// The stable key, as it stands in links.
    pub key: &'static str,
    /// Its name in a form.
    pub label: &'static str,
    /// One or two sentences for whoever wonders what it does.
    pub help: String,
    /// The unit shown after the number; empty when it has none.
    pub unit: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Its value when nothing else is said.
    pub default: Value,
    /// Whether it may change while the run goes on; otherwise changing it starts the run anew.
    pub live: bool,
    /// Whether the form should move in ratios rather than in equal steps.
    pub log: bool,
    /// The heading it stands under.
    pub group: &'static str,
    /// Whether this is a safeguard that a broken variant removes.
    pub safeguard: bool,
    /// Of nodes, a form offers those whose names begin so; all of them where this is empty.
    pub named: &'static str,
    /// The key of a setting that was divided, of which this is a part: links name it still.
    #[serde(skip)]
    pub formerly: Option<&'static str>,
}

/// Why a setting, an argument or a whole call was not accepted.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SettingError {
    /// No setting has this key.
    #[error("there is no setting named “{key}”; the settings here are {known}")]
    UnknownSetting {
        /// What was given.
        key: String,
        /// What exists.
        known: String,
    },
    /// No action has this name.
    #[error("there is no action named “{name}”; the actions here are {known}")]
    UnknownAction {
        /// What was given.
        name: String,
        /// What exists.
        known: String,
    },
    /// The number lies outside the range.
    #[error("{label} cannot be {given}: choose a value from {min} to {max}")]
    OutOfRange {
        /// The setting's name.
        label: &'static str,
        /// What was given.
        given: String,
        /// Smallest accepted, with its unit.
        min: String,
        /// Largest accepted, with its unit.
        max: String,
    },
    /// The value has the wrong form.
    #[error("{label} cannot be “{given}”: it takes {expected}")]
    WrongForm {
        /// The setting's name.
        label: &'static str,
        /// What was given, shortened.
        given: String,
        /// What would be accepted.
        expected: String,
    },
    /// The pasted trace cannot be read.
    #[error("{label}: {problem}")]
    Trace {
        /// The setting's name.
        label: &'static str,
        /// Which line, what was expected.
        problem: String,
    },
}

/// A type that a knob or a parameter can have.
pub trait Setting: Clone + fmt::Debug {
    /// What the type accepts before a range narrows it.
    fn kind() -> Kind;
    /// The plain form.
    fn to_value(&self) -> Value;
    /// The typed form of `value`, which `spec` has already accepted.
    ///
    /// # Errors
    /// The sentence to show when the value's content cannot be read after all.
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError>;
}

/// A set of knobs: implemented by [`knobs!`](crate::knobs).
pub trait Knobs: Clone + Default + fmt::Debug + 'static {
    /// Every knob, in the order of the form.
    fn specs() -> &'static [Spec];
    /// The present value of the knob `key`.
    fn get(&self, key: &str) -> Option<Value>;
    /// Sets the knob `key`.
    ///
    /// # Errors
    /// When there is no such knob or it does not take `value`; nothing changes then.
    fn set(&mut self, key: &str, value: &Value) -> Result<(), SettingError>;
}

/// One action a person can take, as a form sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionSpec {
    /// The stable name, as it stands in links.
    pub name: &'static str,
    /// The text on the button.
    pub label: &'static str,
    /// One or two sentences for whoever wonders what it does.
    pub help: String,
    /// Its parameters, in order.
    pub params: Vec<Spec>,
}

/// What a person can do to a model: implemented by [`actions!`](crate::actions).
pub trait Actions: Clone + fmt::Debug + 'static {
    /// Every action, in the order of the panel.
    fn specs() -> &'static [ActionSpec];
    /// The typed action that `call` names.
    ///
    /// # Errors
    /// When there is no such action, or an argument is unknown or out of range.
    fn from_call(call: &Call) -> Result<Self, SettingError>;
    /// The plain form of this action.
    fn to_call(&self) -> Call;
}

impl Spec {
    /// A specification with the type's own range and no unit.
    pub fn of<T: Setting>(key: &'static str, label: &'static str, help: &str, default: &T) -> Self {
        Self::plain(key, label, help, T::kind(), default.to_value())
    }

    // What follows is called for each of some hundred knobs and parameters, once: in place it would
    // take several times the code.

    #[inline(never)]
    fn plain(
        key: &'static str,
        label: &'static str,
        help: &str,
        kind: Kind,
        default: Value,
    ) -> Self {
        Self {
            key,
            label,
            help: in_one_line(help),
            unit: "",
            kind,
            default,
            live: false,
            log: false,
            group: "",
            safeguard: false,
            named: "",
            formerly: None,
        }
    }

    /// Narrows a number to an inclusive range.
    #[must_use]
    pub fn range(self, min: impl Into<f64>, max: impl Into<f64>) -> Self {
        self.between(min.into(), max.into())
    }

    #[inline(never)]
    fn between(mut self, low: f64, high: f64) -> Self {
        self.kind = match self.kind {
            Kind::Int { .. } => Kind::Int {
                min: low as i64,
                max: high as i64,
            },
            Kind::Real { .. } => Kind::Real {
                min: low,
                max: high,
            },
            other @ (Kind::Flag
            | Kind::Choice(_)
            | Kind::Text { .. }
            | Kind::Node
            | Kind::Nodes
            | Kind::Trace) => other,
        };
        self
    }

    /// Names the unit.
    #[must_use]
    #[inline(never)]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Lets the knob change while the run goes on.
    #[must_use]
    #[inline(never)]
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Makes the slider logarithmic.
    #[must_use]
    #[inline(never)]
    pub const fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Puts the knob under a heading.
    #[must_use]
    #[inline(never)]
    pub const fn group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// Marks a safeguard, whose removal breaks a promise.
    #[must_use]
    #[inline(never)]
    pub const fn safeguard(mut self) -> Self {
        self.safeguard = true;
        self
    }

    /// Lets a form offer only the nodes whose names begin so: servers, and not their clients.
    #[must_use]
    #[inline(never)]
    pub const fn named(mut self, named: &'static str) -> Self {
        self.named = named;
        self
    }

    /// Whether a form offers the node with this name.
    pub fn offers(&self, node: &str) -> bool {
        node.starts_with(self.named)
    }

    /// Says of which setting this was a part.
    #[must_use]
    #[inline(never)]
    pub const fn formerly(mut self, key: &'static str) -> Self {
        self.formerly = Some(key);
        self
    }

    /// Sets the most characters a text may have.
    #[must_use]
    #[inline(never)]
    pub fn max_chars(mut self, max_chars: usize) -> Self {
        self.kind = Kind::Text { max_chars };
        self
    }

    /// Checks `value` against the range and gives it its type.
    ///
    /// # Errors
    /// A sentence that names the value, the limit and what to do.
    #[inline(never)]
    pub fn read<T: Setting>(&self, value: &Value) -> Result<T, SettingError> {
        let accepted = self.accept(value)?;
        T::from_value(&accepted, self)
    }

    /// The value in its canonical form (a whole number given as `3.0` becomes `3`), when it is
    /// accepted at all.
    ///
    /// # Errors
    /// As for [`Spec::read`].
    pub fn accept(&self, value: &Value) -> Result<Value, SettingError> {
        match (&self.kind, value) {
            (Kind::Flag, Value::Flag(_)) | (Kind::Trace | Kind::Nodes, Value::Text(_)) => {
                Ok(value.clone())
            }
            (Kind::Int { min, max }, Value::Int(int)) => {
                if (min..=max).contains(&int) {
                    Ok(value.clone())
                } else {
                    Err(self.out_of_range(value, *min as f64, *max as f64))
                }
            }
            (Kind::Int { .. }, Value::Real(real)) if real.trunc() == *real && real.abs() < 1e15 => {
                self.accept(&Value::Int(*real as i64))
            }
            (Kind::Real { min, max }, Value::Int(_) | Value::Real(_)) => {
                let real = value.as_f64().unwrap_or(f64::NAN);
                if real >= *min && real <= *max {
                    Ok(Value::Real(real))
                } else {
                    Err(self.out_of_range(value, *min, *max))
                }
            }
            (Kind::Choice(choices), Value::Text(text)) if choices.iter().any(|c| c.key == text) => {
                Ok(value.clone())
            }
            (Kind::Text { max_chars }, Value::Text(text)) if text.chars().count() <= *max_chars => {
                Ok(value.clone())
            }
            (Kind::Node, Value::Int(int)) if (0..=i64::from(u16::MAX)).contains(int) => {
                Ok(value.clone())
            }
            _ => Err(self.wrong_form(value)),
        }
    }

    /// Reads the text of a form field or of a link.
    ///
    /// # Errors
    /// As for [`Spec::read`].
    pub fn parse(&self, text: &str) -> Result<Value, SettingError> {
        let raw = || Value::Text(text.to_owned());
        let value = match &self.kind {
            Kind::Flag => match text {
                "on" | "true" | "1" | "yes" => Value::Flag(true),
                "off" | "false" | "0" | "no" => Value::Flag(false),
                _ => raw(),
            },
            Kind::Int { .. } | Kind::Node => text
                .trim()
                .parse::<i64>()
                .map(Value::Int)
                .or_else(|_| text.trim().parse::<f64>().map(Value::Real))
                .unwrap_or_else(|_| raw()),
            Kind::Real { .. } => text
                .trim()
                .parse::<f64>()
                .map_or_else(|_| raw(), Value::Real),
            Kind::Choice(_) | Kind::Text { .. } | Kind::Nodes | Kind::Trace => raw(),
        };
        self.accept(&value)
    }

    /// Accepts a value, and a text as it would stand in a form field or a link.
    ///
    /// # Errors
    /// As for [`Spec::read`].
    pub fn take(&self, value: &Value) -> Result<Value, SettingError> {
        match value {
            Value::Text(text) => self.parse(text),
            Value::Flag(_) | Value::Int(_) | Value::Real(_) => self.accept(value),
        }
    }

    fn out_of_range(&self, given: &Value, min: f64, max: f64) -> SettingError {
        let with_unit = |number: f64| {
            let number = plain(number);
            if self.unit.is_empty() {
                format!("{number}")
            } else {
                format!("{number} {}", self.unit)
            }
        };
        SettingError::OutOfRange {
            label: self.label,
            given: given.to_string(),
            min: with_unit(min),
            max: with_unit(max),
        }
    }

    /// A value as a reader knows it: name, value, unit.
    ///
    /// ```
    /// use orrery_core::catalog;
    /// use orrery_core::spec::find;
    /// use orrery_core::value::Value;
    ///
    /// let bucket = catalog::find("token-bucket").expect("it is registered");
    /// let capacity = find((bucket.machine.knobs)(), "capacity")?;
    /// assert_eq!(capacity.told(&Value::Int(40)), "Capacity 40 tokens");
    /// # Ok::<(), orrery_core::spec::SettingError>(())
    /// ```
    pub fn told(&self, value: &Value) -> String {
        let value = self
            .choice(value)
            .map_or_else(|| value.to_string(), str::to_owned);
        let gap = if self.unit.is_empty() { "" } else { " " };
        format!("{} {value}{gap}{}", self.label, self.unit)
    }

    /// What a value is called that is one of a fixed list.
    pub fn choice(&self, value: &Value) -> Option<&'static str> {
        let Kind::Choice(choices) = self.kind else {
            return None;
        };
        let key = value.to_string();
        let choice = choices.iter().find(|choice| choice.key == key)?;
        Some(choice.label)
    }

    /// The error for a value whose form this setting does not take.
    pub fn wrong_form(&self, given: &Value) -> SettingError {
        let expected = match &self.kind {
            Kind::Flag => "on or off".to_owned(),
            Kind::Int { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Real { min, max } => {
                format!("a number from {} to {}", plain(*min), plain(*max))
            }
            Kind::Choice(choices) => {
                let keys: Vec<&str> = choices.iter().map(|choice| choice.key).collect();
                format!("one of {}", keys.join(", "))
            }
            Kind::Text { max_chars } => format!("a text of at most {max_chars} characters"),
            Kind::Node => "the number of a node".to_owned(),
            Kind::Nodes => "numbers of nodes separated by spaces".to_owned(),
            Kind::Trace => "lines of time[,key[,cost]]".to_owned(),
        };
        let text = given.to_string();
        let mut shortened: String = text.chars().take(40).collect();
        if shortened.len() < text.len() {
            shortened.push('…');
        }
        SettingError::WrongForm {
            label: self.label,
            given: shortened,
            expected,
        }
    }
}

impl Setting for bool {
    fn kind() -> Kind {
        Kind::Flag
    }
    fn to_value(&self) -> Value {
        Value::Flag(*self)
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Flag(flag) => Ok(*flag),
            Value::Int(_) | Value::Real(_) | Value::Text(_) => Err(spec.wrong_form(value)),
        }
    }
}

impl Setting for u32 {
    fn kind() -> Kind {
        Kind::Int {
            min: 0,
            max: i64::from(Self::MAX),
        }
    }
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Int(int) => Self::try_from(*int).map_err(|_| spec.wrong_form(value)),
            Value::Flag(_) | Value::Real(_) | Value::Text(_) => Err(spec.wrong_form(value)),
        }
    }
}

impl Setting for i64 {
    fn kind() -> Kind {
        Kind::Int {
            min: Self::MIN,
            max: Self::MAX,
        }
    }
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Int(int) => Ok(*int),
            Value::Flag(_) | Value::Real(_) | Value::Text(_) => Err(spec.wrong_form(value)),
        }
    }
}

impl Setting for f64 {
    fn kind() -> Kind {
        Kind::Real {
            min: Self::MIN,
            max: Self::MAX,
        }
    }
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        value.as_f64().ok_or_else(|| spec.wrong_form(value))
    }
}

/// A span is set in milliseconds: give its `Spec` the unit `"ms"`.
impl Setting for Span {
    fn kind() -> Kind {
        Kind::Real {
            min: 0.0,
            max: 1e12,
        }
    }
    fn to_value(&self) -> Value {
        Value::Real(self.as_nanos() as f64 / 1e6)
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        let millis = value.as_f64().ok_or_else(|| spec.wrong_form(value))?;
        Ok(Self::from_nanos((millis * 1e6 + 0.5) as u64))
    }
}

impl Setting for String {
    fn kind() -> Kind {
        Kind::Text { max_chars: 200 }
    }
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: &Value, spec: &Spec) -> Result<Self, SettingError> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            Value::Flag(_) | Value::Int(_) | Value::Real(_) => Err(spec.wrong_form(value)),
        }
    }
}

/// A doc comment without its breaks.
#[doc(hidden)]
#[inline(never)]
pub fn in_one_line(help: &str) -> String {
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The specification with this key, or the error that lists those there are.
///
/// # Errors
/// [`SettingError::UnknownSetting`].
pub fn find<'a>(specs: &'a [Spec], key: &str) -> Result<&'a Spec, SettingError> {
    specs
        .iter()
        .find(|spec| spec.key == key)
        .ok_or_else(|| SettingError::UnknownSetting {
            key: key.chars().take(40).collect(),
            known: specs
                .iter()
                .map(|spec| spec.key)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// What a key in a link means: the specification of this name, or those of the parts into which a
/// setting of this name was divided.
///
/// # Errors
/// [`SettingError::UnknownSetting`].
pub fn meant<'a>(specs: &'a [Spec], key: &str) -> Result<Vec<&'a Spec>, SettingError> {
    let parts = specs.iter().filter(|spec| spec.formerly == Some(key));
    let parts: Vec<&Spec> = parts.collect();
    if parts.is_empty() {
        Ok(vec![find(specs, key)?])
    } else {
        Ok(parts)
    }
}

/// The action with the name that `call` gives, once every argument name is known to it.
///
/// # Errors
/// [`SettingError::UnknownAction`] or [`SettingError::UnknownSetting`].
pub fn find_action<'a>(
    specs: &'a [ActionSpec],
    call: &Call,
) -> Result<&'a ActionSpec, SettingError> {
    let spec = specs
        .iter()
        .find(|spec| spec.name == call.name)
        .ok_or_else(|| SettingError::UnknownAction {
            name: call.name.chars().take(40).collect(),
            known: specs
                .iter()
                .map(|spec| spec.name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
    for key in call.args.keys() {
        find(&spec.params, key)?;
    }
    Ok(spec)
}

/// The argument that `call` gives for the parameter `key`, or its default.
///
/// # Errors
/// As for [`Spec::read`].
#[inline(never)]
pub fn argument<T: Setting>(spec: &ActionSpec, call: &Call, key: &str) -> Result<T, SettingError> {
    let param = find(&spec.params, key)?;
    param.read(call.args.get(key).unwrap_or(&param.default))
}

/// Declares an enum whose variants are the options of a choice.
///
/// ```
/// orrery_core::choices! {
///     /// How a key finds its node.
///     pub enum Placement {
///         /// The 64-bit ring.
///         Modern = "modern", "Modern ring";
///         /// The one memcached clients share.
///         Ketama = "ketama", "Ketama";
///     }
/// }
/// assert_eq!(Placement::Ketama.key(), "ketama");
/// ```
#[macro_export]
macro_rules! choices {
    ($(#[$meta:meta])* $vis:vis enum $Name:ident {
        $($(#[$vmeta:meta])* $Variant:ident = $key:literal, $label:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $Name { $($(#[$vmeta])* $Variant),+ }

        impl $Name {
            /// Every option, in the order of the form.
            $vis const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The stable key, as it stands in links.
            $vis const fn key(self) -> &'static str {
                match self { $(Self::$Variant => $key),+ }
            }

            /// The text a person reads.
            $vis const fn label(self) -> &'static str {
                match self { $(Self::$Variant => $label),+ }
            }
        }

        impl $crate::spec::Setting for $Name {
            fn kind() -> $crate::spec::Kind {
                $crate::spec::Kind::Choice(const { &[
                    $($crate::spec::Choice {
                        key: Self::$Variant.key(),
                        label: Self::$Variant.label(),
                    }),+
                ] })
            }
            fn to_value(&self) -> $crate::value::Value {
                $crate::value::Value::from(self.key())
            }
            fn from_value(
                value: &$crate::value::Value,
                spec: &$crate::spec::Spec,
            ) -> Result<Self, $crate::spec::SettingError> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|option| option.to_value() == *value)
                    .ok_or_else(|| spec.wrong_form(value))
            }
        }
    };
}

/// Declares the knobs of a pattern.
///
/// After the default and the label come the calls that refine the [`Spec`]: `range`, `unit`,
/// `live`, `log`, `group`, `safeguard`, `max_chars`, `named`, `formerly`.
///
/// ```
/// use orrery_core::spec::Knobs as _;
///
/// orrery_core::knobs! {
///     /// What can be set.
///     pub struct Knobs {
///         /// Tokens the bucket can hold.
///         capacity: u32 = 20, "Capacity", range(1, 1_000), unit("tokens"), live();
///     }
/// }
///
/// let mut knobs = Knobs::default();
/// let refused = knobs.set("capacity", &0_u32.into()).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "Capacity cannot be 0: choose a value from 1 tokens to 1000 tokens"
/// );
/// ```
#[macro_export]
macro_rules! knobs {
    ($(#[$meta:meta])* $vis:vis struct $Name:ident {
        $($(#[doc = $help:literal])+ $field:ident: $ty:ty = $default:expr, $label:literal
            $(, $option:ident($($arg:expr),*))*;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $Name { $($(#[doc = $help])+ $vis $field: $ty),+ }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl $crate::spec::Knobs for $Name {
            fn specs() -> &'static [$crate::spec::Spec] {
                static SPECS: std::sync::OnceLock<Vec<$crate::spec::Spec>> =
                    std::sync::OnceLock::new();
                SPECS.get_or_init(|| {
                    let default = <Self as Default>::default();
                    vec![$(
                        $crate::spec::Spec::of::<$ty>(
                            stringify!($field), $label, concat!($($help),+), &default.$field,
                        )$(.$option($($arg),*))*
                    ),+]
                })
            }
            fn get(&self, key: &str) -> Option<$crate::value::Value> {
                match key {
                    $(stringify!($field) => Some($crate::spec::Setting::to_value(&self.$field)),)+
                    _ => None,
                }
            }
            fn set(
                &mut self,
                key: &str,
                value: &$crate::value::Value,
            ) -> Result<(), $crate::spec::SettingError> {
                let spec = $crate::spec::find(Self::specs(), key)?;
                match key {
                    $(stringify!($field) => self.$field = spec.read(value)?,)+
                    _ => return Err(spec.wrong_form(value)),
                }
                Ok(())
            }
        }
    };
}

/// Declares the actions of a pattern, each with its name in links, its label and its parameters.
///
/// ```
/// use orrery_core::{spec::Actions as _, value::Call};
///
/// orrery_core::actions! {
///     /// What a person can do.
///     pub enum Action {
///         /// Sends many requests at once.
///         Burst {
///             /// How many.
///             size: u32 = 40, "Requests", range(1, 1_000);
///         } = "burst", "Send a burst";
///         /// Stops the refill.
///         Freeze {} = "freeze", "Freeze";
///     }
/// }
///
/// let burst = Action::from_call(&Call::new("burst")).unwrap();
/// assert_eq!(burst.to_call(), Call::new("burst").with("size", 40));
/// assert!(Action::from_call(&Call::new("melt")).is_err());
/// ```
#[macro_export]
macro_rules! actions {
    ($(#[$meta:meta])* $vis:vis enum $Name:ident {
        $($(#[doc = $help:literal])+ $Variant:ident {
            $($(#[doc = $phelp:literal])+ $field:ident: $ty:ty = $default:expr, $plabel:literal
                $(, $option:ident($($arg:expr),*))*;)*
        } = $name:literal, $label:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $vis enum $Name { $($(#[doc = $help])+ $Variant { $($(#[doc = $phelp])+ $field: $ty),* }),+ }

        impl $crate::spec::Actions for $Name {
            fn specs() -> &'static [$crate::spec::ActionSpec] {
                static SPECS: std::sync::OnceLock<Vec<$crate::spec::ActionSpec>> =
                    std::sync::OnceLock::new();
                SPECS.get_or_init(|| vec![$(
                    $crate::spec::ActionSpec {
                        name: $name,
                        label: $label,
                        help: $crate::spec::in_one_line(concat!($($help),+)),
                        params: vec![$(
                            $crate::spec::Spec::of::<$ty>(
                                stringify!($field), $plabel, concat!($($phelp),+), &($default),
                            )$(.$option($($arg),*))*
                        ),*],
                    }
                ),+])
            }
            fn from_call(
                call: &$crate::value::Call,
            ) -> Result<Self, $crate::spec::SettingError> {
                let spec = $crate::spec::find_action(Self::specs(), call)?;
                match spec.name {
                    $($name => Ok(Self::$Variant {
                        $($field: $crate::spec::argument(spec, call, stringify!($field))?),*
                    }),)+
                    _ => Err($crate::spec::SettingError::UnknownAction {
                        name: call.name.clone(),
                        known: String::new(),
                    }),
                }
            }
            fn to_call(&self) -> $crate::value::Call {
                match self {
                    $(Self::$Variant { $($field),* } => $crate::value::Call::new($name)
                        $(.with(stringify!($field), $crate::spec::Setting::to_value($field)))*,)+
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity() -> Spec {
        Spec::of::<u32>("capacity", "Capacity", "Tokens it holds.", &20)
            .range(1, 1_000)
            .unit("tokens")
    }

    #[test]
    fn a_value_is_accepted_in_its_canonical_form_or_refused_with_a_sentence() {
        let spec = capacity();
        assert_eq!(spec.parse("20"), Ok(Value::Int(20)));
        assert_eq!(
            spec.parse(" 3.0 "),
            Ok(Value::Int(3)),
            "a whole number written as a real"
        );
        for (text, sentence) in [
            (
                "0",
                "Capacity cannot be 0: choose a value from 1 tokens to 1000 tokens",
            ),
            (
                "-7",
                "Capacity cannot be -7: choose a value from 1 tokens to 1000 tokens",
            ),
            (
                "2.5",
                "Capacity cannot be “2.5”: it takes a whole number from 1 to 1000",
            ),
            (
                "NaN",
                "Capacity cannot be “NaN”: it takes a whole number from 1 to 1000",
            ),
            (
                "<b>",
                "Capacity cannot be “<b>”: it takes a whole number from 1 to 1000",
            ),
        ] {
            assert_eq!(spec.parse(text).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn a_real_refuses_nan_and_infinity() {
        let spec = Spec::of::<f64>("rate", "Rate", "Per second.", &1.0).range(0.1, 100);
        for text in ["NaN", "inf", "-inf", "1e999"] {
            assert!(spec.parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn a_long_wrong_text_is_shortened_in_the_sentence() {
        let long = "x".repeat(10_000);
        assert!(capacity().parse(&long).unwrap_err().to_string().len() < 200);
    }
}
