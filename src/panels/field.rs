//! One form field for any setting.
