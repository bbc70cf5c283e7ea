//! What arrives from outside, made at random for property tests.

use proptest::prelude::*;
use serde_json::Value as Json;

/// Any JSON, in which these words and keys are frequent: chance alone would not hit on them.
pub(crate) fn json(
    words: &[&'static str],
    keys: &[&'static str],
) -> impl Strategy<Value = Json> + use<> {
    let (words, keys) = (words.to_vec(), keys.to_vec());
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        prop::sample::select(words).prop_map(Json::from),
        ".{0,80}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 10, move |inner| {
        let key = prop::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
            prop::collection::btree_map(key, inner, 0..10)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}
