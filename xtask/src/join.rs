//! Pieces of wasm joined where pages need them together.
//!
//! The tool that cuts the app makes a piece for every set of pieces that have something in common.
//! With each pattern there are more such sets, most of them of a few hundred bytes: a constant, a
//! function of three lines. A page would put together a hundred and more of them, half of each an
//! envelope. So two are joined wherever the envelopes that this saves outweigh what pages then load
//! that need only one of both. What few pages need so never comes to weigh on all, however many
//! patterns there are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, CustomSection, DataSection, ElementSection, EntityType, FunctionSection,
    ImportSection, Module, TypeSection,
};
use wasmparser::{
    ElementItems, ElementKind, ElementSectionReader, FunctionBody, ImportSectionReader, Operator,
    Parser, Payload, TypeRef,
};

/// What one piece more costs a page, in bytes of code: its envelope, its name in the pack and in the
/// script, and the time that it takes to put it in.
const ENVELOPE: u64 = 500;

/// The section that names what may be in the code.
const FEATURES: &str = "target_features";

/// Pages by their numbers, a bit for each.
type Pages = Vec<u64>;

/// Pieces that become one.
#[derive(Debug, Default)]
struct Group<'a> {
    /// Who needs any of them.
    pages: Pages,
    /// Their code and constants.
    bytes: u64,
    files: BTreeSet<&'a str>,
}

impl Group<'_> {
    /// What all pages together save when both become one; less than nothing where it costs.
    fn gain(&self, other: &Self) -> i64 {
        let (mut both, mut only_self, mut only_other) = (0, 0, 0);
        for (a, b) in self.pages.iter().zip(&other.pages) {
            both += u64::from((a & b).count_ones());
            only_self += u64::from((a & !b).count_ones());
            only_other += u64::from((b & !a).count_ones());
        }
        let cost = self.bytes * only_other + other.bytes * only_self;
        (both * ENVELOPE).cast_signed() - cost.cast_signed()
    }

    fn join(&mut self, other: Self) {
        for (own, pages) in self.pages.iter_mut().zip(other.pages) {
            *own |= pages;
        }
        self.bytes += other.bytes;
        self.files.extend(other.files);
    }
}

/// Which pieces to join: by the name of each that goes, that of the one into which it goes.
///
/// `files` has for each piece of the source the files that it takes, `pages` the pieces of the source
/// that each page needs; `size` is that of a file if it is one that several have in common.
pub(crate) fn plan(
    files: &BTreeMap<String, Vec<String>>,
    pages: &[Vec<String>],
    size: impl Fn(&str) -> Option<u64>,
) -> BTreeMap<String, String> {
    let mut users: BTreeMap<&str, Pages> = BTreeMap::new();
    for (number, pieces) in pages.iter().enumerate() {
        for file in pieces.iter().filter_map(|piece| files.get(piece)).flatten() {
            let pages = users
                .entry(file)
                .or_insert_with(|| vec![0; pages.len().div_ceil(64)]);
            pages[number / 64] |= 1 << (number % 64);
        }
    }
    let mut alike: BTreeMap<Pages, Group<'_>> = BTreeMap::new();
    for (file, pages) in users {
        if let Some(bytes) = size(file) {
            let group = alike.entry(pages.clone()).or_default();
            group.pages = pages;
            group.bytes += bytes;
            group.files.insert(file);
        }
    }
    let groups = joined(alike.into_values().map(Some).collect());
    let into = |group: Group<'_>| {
        let mut files = group.files.into_iter().map(str::to_owned);
        let first = files.next().unwrap_or_default();
        files.map(|file| (file, first.clone())).collect::<Vec<_>>()
    };
    groups.into_iter().flat_map(into).collect()
}

/// Joins the two that save most by it, and again, until none save anything.
fn joined(mut groups: Vec<Option<Group<'_>>>) -> Vec<Group<'_>> {
    let mut pairs = BinaryHeap::new();
    for number in 1..groups.len() {
        pairs.extend(pairs_with(&groups[..=number]));
    }
    while let Some((_, Reverse(one), Reverse(other))) = pairs.pop() {
        // One of both may have gone elsewhere meanwhile.
        if groups[one].is_none() {
            continue;
        }
        let Some(gone) = groups[other].take() else {
            continue;
        };
        let mut group = groups[one].take().unwrap_or_default();
        group.join(gone);
        groups.push(Some(group));
        pairs.extend(pairs_with(&groups));
    }
    groups.into_iter().flatten().collect()
}

/// What the last one saves with each of the others, where it saves something.
fn pairs_with(groups: &[Option<Group<'_>>]) -> Vec<(i64, Reverse<usize>, Reverse<usize>)> {
    let Some((Some(last), others)) = groups.split_last() else {
        return Vec::new();
    };
    let others = others.iter().enumerate();
    let gains = others.filter_map(|(number, other)| Some((last.gain(other.as_ref()?), number)));
    gains
        .filter(|(gain, _)| *gain > 0)
        .map(|(gain, number)| (gain, Reverse(number), Reverse(groups.len() - 1)))
        .collect()
}

/// How many bytes of code and constants a module has; the rest is its envelope.
pub(crate) fn size(module: &[u8]) -> u64 {
    let content = Parser::new(0)
        .parse_all(module)
        .map(|payload| match payload {
            Ok(Payload::CodeSectionStart { size, .. }) => u64::from(size),
            Ok(Payload::DataSection(section)) => section.range().end - section.range().start,
            Ok(_) | Err(_) => 0,
        });
    content.sum()
}

/// What modules import: of each kind the same thing, so that its number is 0 in all of them.
#[derive(Default)]
struct Imports(BTreeMap<&'static str, (String, String, EntityType)>);

impl Imports {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a piece may import is listed; anything else is refused"
    )]
    fn add(&mut self, section: ImportSectionReader<'_>) -> Result<(), String> {
        for import in section.into_imports() {
            let import = import.map_err(words)?;
            let kind = match import.ty {
                TypeRef::Table(_) => "table",
                TypeRef::Memory(_) => "memory",
                TypeRef::Global(_) => "global",
                other => return Err(format!("a piece in common imports {other:?}")),
            };
            let ty = RoundtripReencoder.entity_type(import.ty).map_err(words)?;
            let own = (import.module.to_owned(), import.name.to_owned(), ty);
            let known = self.0.entry(kind).or_insert_with(|| own.clone());
            if *known != own {
                return Err(format!("pieces in common import {own:?} and {known:?}"));
            }
        }
        Ok(())
    }

    fn section(&self) -> ImportSection {
        let mut section = ImportSection::new();
        for (module, name, ty) in self.0.values() {
            section.import(module, name, *ty);
        }
        section
    }
}

/// Moves what a module refers to by number behind that of the modules before it.
struct Behind<'a> {
    types: u32,
    functions: u32,
    direct: &'a BTreeMap<u32, u32>,
}

impl Reencode for Behind<'_> {
    type Error = Infallible;

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.types + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        let index = self.functions + index;
        Ok(self.direct.get(&index).copied().unwrap_or(index))
    }
}

/// How functions are reached across modules that become one, all by their numbers in that one.
#[derive(Default)]
struct Reach {
    /// What each place of the table gets.
    table: BTreeMap<u32, u32>,
    /// Functions that do no more than to call what is at a place of the table.
    detours: BTreeMap<u32, u32>,
}

impl Reach {
    /// What may be called in place of each detour.
    fn direct(modules: &[Vec<u8>]) -> Result<BTreeMap<u32, u32>, String> {
        let mut reach = Self::default();
        let mut functions = 0;
        for module in modules {
            let (mut defined, mut bodies) = (0, 0);
            for payload in Parser::new(0).parse_all(module) {
                let payload = payload.map_err(words)?;
                if let Payload::FunctionSection(section) = payload {
                    defined = section.count();
                } else if let Payload::ElementSection(section) = payload {
                    reach.add_places(section, functions)?;
                } else if let Payload::CodeSectionEntry(body) = payload {
                    if let Some(place) = detour(&body).map_err(words)? {
                        reach.detours.insert(functions + bodies, place);
                    }
                    bodies += 1;
                }
            }
            functions += defined;
        }
        let detours = reach.detours.into_iter();
        let direct =
            detours.filter_map(|(detour, place)| Some((detour, *reach.table.get(&place)?)));
        Ok(direct.collect())
    }

    fn add_places(
        &mut self,
        section: ElementSectionReader<'_>,
        functions: u32,
    ) -> Result<(), String> {
        for element in section {
            let element = element.map_err(words)?;
            let ElementKind::Active { offset_expr, .. } = element.kind else {
                continue;
            };
            let first = offset_expr.get_operators_reader().read().map_err(words)?;
            let (Operator::I32Const { value }, ElementItems::Functions(items)) =
                (first, element.items)
            else {
                continue;
            };
            for (place, item) in (value.cast_unsigned()..).zip(items) {
                self.table.insert(place, functions + item.map_err(words)?);
            }
        }
        Ok(())
    }
}

/// The place of the table whose function this one calls with its own arguments, if that is all it does.
fn detour(body: &FunctionBody<'_>) -> wasmparser::Result<Option<u32>> {
    if body.get_locals_reader()?.get_count() > 0 {
        return Ok(None);
    }
    let mut operators = body.get_operators_reader()?;
    let mut arguments = 0;
    let mut next = operators.read()?;
    while matches!(next, Operator::LocalGet { local_index } if local_index == arguments) {
        arguments += 1;
        next = operators.read()?;
    }
    let Operator::I32Const { value } = next else {
        return Ok(None);
    };
    let place = value.cast_unsigned();
    let calls = matches!(operators.read()?, Operator::CallIndirect { .. });
    let ends = calls && matches!(operators.read()?, Operator::End) && operators.eof();
    Ok(ends.then_some(place))
}

/// One module that does what all of these do. They define functions, constants and entries of the
/// table, and import no more than the table, the memory and one global: what else they need they
/// reach through the table. What one needs of another it calls by itself from then on.
///
/// # Errors
///
/// Says what is not as expected.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a piece may have is listed; anything else is refused"
)]
pub(crate) fn join(modules: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let mut types = TypeSection::new();
    let mut imports = Imports::default();
    let mut functions = FunctionSection::new();
    let mut elements = ElementSection::new();
    let mut code = CodeSection::new();
    let mut data = DataSection::new();
    let mut features = None;
    let direct = Reach::direct(modules)?;
    for module in modules {
        let mut behind = Behind {
            types: types.len(),
            functions: functions.len(),
            direct: &direct,
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(words)? {
                Payload::TypeSection(section) => {
                    behind
                        .parse_type_section(&mut types, section)
                        .map_err(words)?;
                }
                Payload::ImportSection(section) => imports.add(section)?,
                Payload::FunctionSection(section) => {
                    behind
                        .parse_function_section(&mut functions, section)
                        .map_err(words)?;
                }
                Payload::ElementSection(section) => {
                    behind
                        .parse_element_section(&mut elements, section)
                        .map_err(words)?;
                }
                Payload::CodeSectionEntry(body) => {
                    behind.parse_function_body(&mut code, body).map_err(words)?;
                }
                Payload::DataSection(section) => {
                    behind
                        .parse_data_section(&mut data, section)
                        .map_err(words)?;
                }
                Payload::ExportSection(section) if section.count() == 0 => {}
                // What may be in the code Binaryen asks for. One compiler made all of it.
                Payload::CustomSection(section) if section.name() == FEATURES => {
                    features = Some(section.data());
                }
                // How many constants there are is said anew where it matters; names go.
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                other => return Err(format!("a piece in common has {other:?}")),
            }
        }
    }
    let mut joined = Module::new();
    joined.section(&types);
    joined.section(&imports.section()).section(&functions);
    if !elements.is_empty() {
        joined.section(&elements);
    }
    joined.section(&code).section(&data);
    if let Some(data) = features {
        joined.section(&CustomSection {
            name: FEATURES.into(),
            data: data.into(),
        });
    }
    Ok(joined.finish())
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The script that brings pieces in, without those that went into others.
pub(crate) fn in_script(script: &str, plan: &BTreeMap<String, String>) -> String {
    let goes = |line: &&str| {
        let definition = line
            .strip_prefix("const __")
            .and_then(|rest| rest.split_once(" = "));
        !definition.is_some_and(|(name, _)| plan.contains_key(name))
    };
    let lines = script.lines().filter(goes).map(|line| {
        let list = line.split_once("[__").and_then(|(before, rest)| {
            let (list, after) = rest.split_once(']')?;
            Some((before, list, after))
        });
        match list {
            None => format!("{line}\n"),
            Some((before, list, after)) => {
                let names = list
                    .split(", ")
                    .map(|name| name.trim_start_matches("__").to_owned());
                let names = stand_ins(names, plan).map(|name| format!("__{name}"));
                format!(
                    "{before}[{}]{after}\n",
                    names.collect::<Vec<_>>().join(", ")
                )
            }
        }
    });
    lines.collect()
}

/// These pieces, with those in place of them into which they went, each once.
pub(crate) fn stand_ins(
    pieces: impl Iterator<Item = String>,
    plan: &BTreeMap<String, String>,
) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    pieces
        .map(|piece| plan.get(&piece).cloned().unwrap_or(piece))
        .filter(move |piece| seen.insert(piece.clone()))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, Elements, Function, GlobalType, InstructionSink, MemoryType, RefType, TableType,
        ValType,
    };
    use wasmparser::Validator;

    use super::*;

    /// As the tool that cuts makes them: a function in the table, which calls one of its own, and a
    /// constant.
    fn piece(place: i32, answer: i32, with_global: bool) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        let table = TableType {
            element_type: RefType::FUNCREF,
            minimum: 8,
            maximum: None,
            table64: false,
            shared: false,
        };
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        let global = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        imports
            .import("app", "table", table)
            .import("app", "memory", memory);
        if with_global {
            imports.import("app", "stack", global);
        }
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut elements = ElementSection::new();
        let at = ConstExpr::i32_const(place);
        elements.active(None, &at, Elements::Functions(vec![1].into()));
        let mut code = CodeSection::new();
        let mut inner = Function::new([]);
        inner.instructions().i32_const(answer).end();
        let mut outer = Function::new([]);
        outer.instructions().call(0).end();
        code.function(&inner).function(&outer);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(place * 4), [answer as u8]);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&elements)
            .section(&code)
            .section(&data);
        module.finish()
    }

    /// The functions that are called by their number, in the order of the calls.
    fn calls_in(module: &[u8]) -> Vec<u32> {
        let mut calls = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::CodeSectionEntry(body) = payload.expect("it parses") {
                for operator in body.get_operators_reader().expect("it has some") {
                    if let Operator::Call { function_index } = operator.expect("it parses") {
                        calls.push(function_index);
                    }
                }
            }
        }
        calls
    }

    #[test]
    fn what_is_joined_is_valid_and_calls_what_it_called() {
        let joined = join(&[piece(1, 10, false), piece(2, 20, true)]).expect("they are alike");
        Validator::new().validate_all(&joined).expect("it is valid");
        let mut entries = Vec::new();
        for payload in Parser::new(0).parse_all(&joined) {
            if let Payload::ElementSection(section) = payload.expect("it parses") {
                for element in section {
                    if let ElementItems::Functions(items) = element.expect("it parses").items {
                        entries.extend(items.into_iter().map(|item| item.expect("a number")));
                    }
                }
            }
        }
        assert_eq!((calls_in(&joined), entries), (vec![0, 2], vec![1, 3]));
    }

    #[test]
    fn what_goes_through_the_table_to_a_function_that_is_joined_goes_there_by_itself() {
        let types = || {
            let mut types = TypeSection::new();
            types.ty().function([ValType::I32], [ValType::I32]);
            types
        };
        let functions = |bodies: &[&dyn Fn(&mut InstructionSink<'_>)]| {
            let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
            for body in bodies {
                functions.function(0);
                let mut function = Function::new([]);
                body(&mut function.instructions());
                code.function(&function);
            }
            (functions, code)
        };
        let calls_place = |place: i32| {
            move |code: &mut InstructionSink<'_>| {
                let code = code.local_get(0).i32_const(place);
                code.call_indirect(0, 0).end();
            }
        };
        let calls = |function: u32| {
            move |code: &mut InstructionSink<'_>| {
                code.local_get(0).call(function).end();
            }
        };
        let caller = {
            let (functions, code) =
                functions(&[&calls_place(5), &calls_place(6), &calls(0), &calls(1)]);
            let mut module = Module::new();
            module.section(&types()).section(&functions).section(&code);
            module.finish()
        };
        let called = {
            let (functions, code) = functions(&[&|code| {
                code.local_get(0).end();
            }]);
            let mut elements = ElementSection::new();
            let at = ConstExpr::i32_const(5);
            elements.active(None, &at, Elements::Functions(vec![0].into()));
            let mut module = Module::new();
            module.section(&types()).section(&functions);
            module.section(&elements).section(&code);
            module.finish()
        };
        let joined = join(&[caller, called]).expect("they are alike");
        assert_eq!(
            calls_in(&joined),
            [4, 1],
            "the fifth function is there, whatever belongs at place 6 is not"
        );
    }

    #[test]
    fn a_piece_of_another_kind_is_refused() {
        let mut module = Module::new();
        let mut imports = ImportSection::new();
        imports.import("app", "now", EntityType::Function(0));
        module.section(&imports);
        let error = join(&[piece(1, 1, true), module.finish()]).expect_err("it imports more");
        assert!(error.contains("imports"), "{error}");
    }

    /// What becomes of pieces of these sizes, needed by these pages.
    fn check(pieces: &[(&str, u64, &[usize])], expected: &[(&str, &str)], lesson: &str) {
        let pages = pieces.iter().flat_map(|(_, _, pages)| *pages).max();
        let of_page = |page: usize| {
            let needs = pieces.iter().filter(|(_, _, pages)| pages.contains(&page));
            let files = needs.map(|(file, ..)| (*file).to_owned());
            (page.to_string(), files.collect())
        };
        let files: BTreeMap<String, Vec<String>> =
            (0..=*pages.expect("there are some")).map(of_page).collect();
        let pages: Vec<Vec<String>> = files.keys().map(|page| vec![page.clone()]).collect();
        let plan = plan(&files, &pages, |file| {
            let piece = pieces.iter().find(|(name, ..)| *name == file)?;
            file.starts_with("chunk").then_some(piece.1)
        });
        let expected = expected
            .iter()
            .map(|(from, into)| ((*from).to_owned(), (*into).to_owned()));
        assert_eq!(plan, expected.collect(), "{lesson}");
    }

    #[test]
    fn pieces_are_joined_where_that_saves_more_than_it_costs() {
        let all: Vec<usize> = (0..100).collect();
        check(
            &[("chunk_1", 9_000, &[0, 1]), ("chunk_2", 7_000, &[0, 1])],
            &[("chunk_2", "chunk_1")],
            "whoever needs one needs both",
        );
        check(
            &[("chunk_1", 9_000, &[0, 1]), ("chunk_2", ENVELOPE - 1, &[0])],
            &[("chunk_2", "chunk_1")],
            "the other page loads less than an envelope in vain",
        );
        check(
            &[("chunk_1", 9_000, &[0, 1]), ("chunk_2", ENVELOPE, &[0])],
            &[],
            "the other page would load as much as the first one saves",
        );
        check(
            &[("chunk_1", 9_000, &all), ("chunk_2", 100, &[7])],
            &[],
            "what one of many pages needs does not come to weigh on all",
        );
        check(
            &[("chunk_1", 10, &[0]), ("own_saga", 10, &[0])],
            &[],
            "what belongs to one piece stays as it is",
        );
    }

    #[test]
    fn the_script_names_what_others_went_into() {
        let plan = [("chunk_2", "chunk_1")].map(|(from, into)| (from.to_owned(), into.to_owned()));
        let plan = plan.into();
        let script = "const __chunk_1 = piece(\"chunk_1\", []);\n\
                      const __chunk_2 = piece(\"chunk_2\", []);\n\
                      load(piece(\"own_saga\", [__chunk_2, __chunk_1, __chunk_3]));";
        let expected = "const __chunk_1 = piece(\"chunk_1\", []);\n\
                        load(piece(\"own_saga\", [__chunk_1, __chunk_3]));\n";
        assert_eq!(in_script(script, &plan), expected);
    }
}
