//! Plain values that cross the boundary between a typed pattern and any shell: knob settings and
//! action arguments, as they stand in forms, links, scripts and saved runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::real::plain;
use crate::sorted::SortedMap;
use crate::words::grouped;

/// One setting or argument.
///
/// A choice travels as the [`Value::Text`] of its key. [`Value::Real`] is never NaN or infinite
/// once it has passed a [`Spec`](crate::spec::Spec).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Real(f64),
    /// Free text, or the key of a choice.
    Text(String),
}

impl Value {
    /// The value as a real number, when it is a number.
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(int) => Some(*int as f64),
            Self::Real(real) => Some(*real),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

impl Value {
    /// As a reader is told it: a number has its thousands apart.
    pub fn told(&self) -> String {
        let text = self.to_string();
        match self {
            Self::Int(_) | Self::Real(_) => grouped(text),
            Self::Flag(_) | Self::Text(_) => text,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(if *flag { "on" } else { "off" }),
            Self::Int(int) => write!(f, "{int}"),
            Self::Real(real) => plain(*real).fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<u32> for Value {
    fn from(int: u32) -> Self {
        Self::Int(i64::from(int))
    }
}

impl From<i32> for Value {
    fn from(int: i32) -> Self {
        Self::Int(i64::from(int))
    }
}

impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(real)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Something a person may do: the name of an action and its arguments, not yet checked.
///
/// ```
/// use orrery_core::value::Call;
///
/// let call = Call::new("burst").with("size", 40);
/// assert_eq!(call.to_string(), "burst(size=40)");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The action's name, as its specification gives it.
    pub name: String,
    /// Arguments by parameter name; what is absent takes its default.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub args: SortedMap<String, Value>,
}

impl Call {
    /// A call of `name` with every argument at its default.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            args: SortedMap::new(),
        }
    }

    /// The same call with one argument given.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: impl Into<Value>) -> Self {
        self.args.insert(parameter.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (index, (name, value)) in self.args.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={value}")?;
        }
        f.write_str(")")
    }
}
