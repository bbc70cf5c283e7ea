//! The plain filter beside a real Guava, byte for byte: answers, estimates, serialised form.

use std::collections::BTreeMap;

use super::super::algorithm::{BloomFilter, FormatError, HashFunction, Shape};

const VECTORS: &str = include_str!("../vectors/guava.txt");

/// One block of lines by their first word.
type Block<'v> = BTreeMap<&'v str, &'v str>;

fn blocks(first: &str) -> Vec<Block<'static>> {
    let blocks = VECTORS.split("\n\n").map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        let words = lines.map(|line| line.split_once(' ').unwrap_or((line, "")));
        words.collect::<Block<'static>>()
    });
    blocks.filter(|block| block.contains_key(first)).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.trim_start_matches('-').as_bytes();
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("digits are ASCII");
            u8::from_str_radix(pair, 16).expect("the vectors are hexadecimal")
        })
        .collect()
}

fn keys(kind: &str, text: &str) -> Vec<Vec<u8>> {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words
        .map(|word| match kind {
            "long" => word
                .parse::<i64>()
                .expect("a number")
                .to_le_bytes()
                .to_vec(),
            _ => from_hex(word),
        })
        .collect()
}

fn shape(block: &Block) -> Shape {
    let (keys, rate) = block["sized"].split_once(' ').expect("n and p");
    let keys = keys.parse().expect("a number of keys");
    Shape::for_keys(keys, rate.parse().expect("a rate")).expect("Guava made it too")
}

fn flags(text: &str) -> Vec<bool> {
    text.chars().map(|digit| digit == '1').collect()
}

fn estimated(filter: &BloomFilter) -> i64 {
    filter.estimate().round() as i64
}

fn bytes(filter: &BloomFilter) -> Vec<u8> {
    filter.to_bytes().expect("it hashes as Guava does")
}

#[test]
fn filters_answer_as_guava_does_and_have_its_bytes() {
    let blocks = blocks("filter");
    assert_eq!(blocks.len(), 10);
    for block in blocks {
        let name = block["filter"];
        let mut filter = BloomFilter::new(shape(&block));
        let added = keys(block["kind"], block["added"]);
        let changed: Vec<bool> = added.iter().map(|key| filter.insert(key)).collect();
        assert_eq!(changed, flags(block["changed"]), "{name}");
        let asked = keys(block["kind"], block["asked"]);
        let answers: Vec<bool> = asked.iter().map(|key| filter.contains(key)).collect();
        assert_eq!(answers, flags(block["answers"]), "{name}");
        assert_eq!(estimated(&filter).to_string(), block["estimate"], "{name}");
        let written = from_hex(block["bytes"]);
        assert_eq!(bytes(&filter), written, "{name}");
        assert_eq!(BloomFilter::from_bytes(&written), Ok(filter), "{name}");
    }
}

#[test]
fn guava_has_false_positives_and_ours_has_the_same_ones() {
    let passed = blocks("filter").into_iter().map(|block| {
        let added = keys(block["kind"], block["added"]);
        let asked = keys(block["kind"], block["asked"]);
        let answers = flags(block["answers"]);
        let pairs = asked.iter().zip(answers);
        pairs
            .filter(|(key, answer)| *answer && !added.contains(key))
            .count()
    });
    assert!(
        passed.sum::<usize>() > 20,
        "the vectors hold false positives"
    );
}

#[test]
fn a_union_is_what_put_all_makes() {
    let [block] = &blocks("union")[..] else {
        panic!("there is one union");
    };
    let mut sides = ["left", "right"].map(|side| {
        let mut filter = BloomFilter::new(shape(block));
        for key in keys(block["kind"], block[side]) {
            filter.insert(&key);
        }
        assert_eq!(bytes(&filter), from_hex(block[&*format!("{side}-bytes")]));
        filter
    });
    let right = sides[1].clone();
    sides[0].union_with(&right).expect("they have one shape");
    assert_eq!(bytes(&sides[0]), from_hex(block["bytes"]));
    assert_eq!(estimated(&sides[0]).to_string(), block["estimate"]);
}

#[test]
fn large_filters_have_the_same_bytes_and_err_at_the_same_keys() {
    let mut cases = 0;
    for line in VECTORS.lines().filter(|line| line.starts_with("case ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<i64>().expect("a number");
        let keys = number(1);
        let rate = words[2].parse().expect("a rate");
        let shape = Shape::for_keys(keys as u64, rate).expect("Guava made it too");
        let mut filter = BloomFilter::new(shape);
        for key in 0..keys {
            filter.insert(&key.to_le_bytes());
        }
        let written = bytes(&filter);
        let hash = written
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        let strangers = keys..keys + 50_000;
        let passed: Vec<i64> = strangers
            .filter(|key| filter.contains(&key.to_le_bytes()))
            .collect();
        let found = [
            i64::from(shape.hashes()),
            written.len() as i64,
            estimated(&filter),
            passed.len() as i64,
            passed[0],
        ];
        assert_eq!(found, [4, 6, 10, 12, 14].map(number), "{line}");
        assert_eq!(format!("{hash:016x}"), words[8], "{line}");
        cases += 1;
    }
    assert_eq!(cases, 7);
}

#[test]
fn murmur3_has_the_hashes_of_guava_for_every_length_of_tail() {
    let mut cases = 0;
    for line in VECTORS.lines() {
        let Some((key, hash)) = line
            .strip_prefix("hash ")
            .and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let digest = HashFunction::Murmur3.digest(&from_hex(key));
        assert_eq!(digest.bytes().to_vec(), from_hex(hash), "{key}");
        cases += 1;
    }
    assert_eq!(cases, 34);
}

#[test]
fn bytes_that_are_no_filter_are_refused_with_what_is_wrong() {
    let check = |bytes: &[u8], sentence: &str| {
        let error = BloomFilter::from_bytes(bytes).expect_err("it is no filter");
        assert_eq!(error.to_string(), sentence);
    };
    check(
        &[1, 3],
        "2 bytes are no filter: there must be at least 6 before its bits",
    );
    check(
        &[0, 3, 0, 0, 0, 1],
        "the strategy 0 is not known: only 1 is, which is MURMUR128_MITZ_64",
    );
    check(
        &[1, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        "2 words of 64 bits are announced and 8 bytes follow",
    );
    check(
        &[1, 3, 0xff, 0xff, 0xff, 0xff],
        "-1 words of 64 bits are announced and 0 bytes follow",
    );
    check(
        &[1, 3, 0, 0, 0, 0],
        "a filter cannot have 0 bits: choose from 1 to 8589934592",
    );
    check(
        &[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        "a filter cannot use 0 hashes: choose from 1 to 255",
    );
    assert_eq!(BloomFilter::from_bytes(&[]), Err(FormatError::Short(0)));
}
