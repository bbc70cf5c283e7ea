//! Small pieces of wasm joined to larger ones.
//!
//! The tool that cuts the app makes a piece for every set of pieces that have something in common.
//! With each pattern there are more such sets, of a few hundred bytes each: a constant, a function of
//! three lines. A page would put together a hundred and more of them, half of each an envelope. So
//! small ones whose users are alike are joined; whoever needs one brings in all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, CustomSection, DataSection, ElementSection, EntityType, FunctionSection,
    ImportSection, Module, TypeSection,
};
use wasmparser::{ImportSectionReader, Parser, Payload, TypeRef};

/// A piece in common is joined with others below so many bytes of code and constants.
const SMALL: u64 = 800;

/// The section that names what may be in the code.
const FEATURES: &str = "target_features";

/// Who uses a piece, as far as it matters for joining.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Users {
    /// What belongs to one pattern, its machine among it.
    Machine(String),
    /// The machines of several patterns, or one and something else.
    Machines {
        /// And the gallery.
        home: bool,
    },
    /// What belongs to one pattern and follows its machine.
    Rest(String),
    /// Other things.
    Others { home: bool, embed: bool },
}

impl Users {
    /// Sorts the names of pieces that use one; `machines` are those that show a pattern, by which the
    /// others of that pattern begin.
    fn of(pieces: &BTreeSet<&str>, machines: &BTreeSet<String>) -> Self {
        let owner = |piece: &str| {
            machines
                .iter()
                .find(|machine| {
                    piece
                        .strip_prefix(machine.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                })
                .cloned()
        };
        let owners: BTreeSet<Option<String>> = pieces.iter().map(|piece| owner(piece)).collect();
        let has_machine = pieces.iter().any(|piece| machines.contains(*piece));
        let home = pieces.contains("home");
        let only = match (owners.len(), owners.into_iter().next().flatten()) {
            (1, Some(owner)) => Some(owner),
            _ => None,
        };
        match (has_machine, only) {
            (true, Some(owner)) => Self::Machine(owner),
            (true, None) => Self::Machines { home },
            (false, Some(owner)) => Self::Rest(owner),
            (false, None) => Self::Others {
                home,
                embed: pieces.iter().any(|piece| piece.starts_with("embed")),
            },
        }
    }
}

/// Which pieces to join: by the name of each that goes, that of the one into which it goes.
///
/// `files` has for each piece of the source the files that it takes; `size` is that of a file if it
/// is one that several have in common.
pub(crate) fn plan(
    files: &BTreeMap<String, Vec<String>>,
    machines: &BTreeSet<String>,
    size: impl Fn(&str) -> Option<u64>,
) -> BTreeMap<String, String> {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (piece, files) in files {
        for file in files {
            users.entry(file).or_default().insert(piece);
        }
    }
    let small = users
        .iter()
        .filter(|(file, _)| size(file).is_some_and(|bytes| bytes < SMALL));
    let mut first: BTreeMap<Users, &str> = BTreeMap::new();
    let mut plan = BTreeMap::new();
    for (file, pieces) in small {
        let into = *first.entry(Users::of(pieces, machines)).or_insert(file);
        if into != *file {
            plan.insert((*file).to_owned(), into.to_owned());
        }
    }
    plan
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
struct Behind {
    types: u32,
    functions: u32,
}

impl Reencode for Behind {
    type Error = Infallible;

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.types + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.functions + index)
    }
}

/// One module that does what all of these do. They define functions, constants and entries of the
/// table, and import no more than the table, the memory and one global: what else they need they
/// reach through the table.
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
    for module in modules {
        let mut behind = Behind {
            types: types.len(),
            functions: functions.len(),
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
        ConstExpr, Elements, Function, GlobalType, MemoryType, RefType, TableType, ValType,
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

    #[test]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "two of dozens of sections are looked at"
    )]
    fn what_is_joined_is_valid_and_calls_what_it_called() {
        let joined = join(&[piece(1, 10, false), piece(2, 20, true)]).expect("they are alike");
        Validator::new().validate_all(&joined).expect("it is valid");
        let mut calls = Vec::new();
        let mut entries = Vec::new();
        for payload in Parser::new(0).parse_all(&joined) {
            match payload.expect("it parses") {
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().expect("it has some") {
                        if let wasmparser::Operator::Call { function_index } =
                            operator.expect("it parses")
                        {
                            calls.push(function_index);
                        }
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        if let wasmparser::ElementItems::Functions(items) =
                            element.expect("it parses").items
                        {
                            entries.extend(items.into_iter().map(|item| item.expect("a number")));
                        }
                    }
                }
                _ => {}
            }
        }
        assert_eq!((calls, entries), (vec![0, 2], vec![1, 3]));
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

    #[test]
    fn small_ones_are_joined_with_those_that_are_used_alike() {
        let files = [
            (
                "saga",
                vec!["chunk_1", "chunk_2", "chunk_3", "chunk_6", "own_saga"],
            ),
            ("raft", vec!["chunk_1", "chunk_2", "chunk_6"]),
            ("saga_whole", vec!["chunk_1", "chunk_4"]),
            ("panels", vec!["chunk_2", "chunk_5"]),
            ("readouts", vec!["chunk_5", "chunk_7"]),
        ];
        let files = files.map(|(piece, files)| {
            let files = files.into_iter().map(str::to_owned).collect();
            (piece.to_owned(), files)
        });
        let machines = ["saga", "raft"].map(str::to_owned).into();
        let plan = plan(&files.into(), &machines, |file| match file {
            "chunk_6" => Some(SMALL),
            "own_saga" => None,
            _ => Some(SMALL - 1),
        });
        let expected = [("chunk_2", "chunk_1"), ("chunk_7", "chunk_5")];
        let expected = expected.map(|(from, into)| (from.to_owned(), into.to_owned()));
        assert_eq!(
            plan,
            expected.into(),
            "large ones and those of one pattern stay"
        );
        let script = "const __chunk_1 = piece(\"chunk_1\", []);\n\
                      const __chunk_2 = piece(\"chunk_2\", []);\n\
                      load(piece(\"own_saga\", [__chunk_2, __chunk_1, __chunk_3]));";
        let expected = "const __chunk_1 = piece(\"chunk_1\", []);\n\
                        load(piece(\"own_saga\", [__chunk_1, __chunk_3]));\n";
        assert_eq!(in_script(script, &plan), expected);
    }
}
