//! What wasm and the script beside it say to each other, in fewer words.
//!
//! wasm-bindgen names each import after what it does and a hash of sixteen digits, once in the wasm
//! and once in the script. Nobody reads the names, and digits do not compress.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use wasm_encoder::reencode::{self, Reencode as _, RoundtripReencoder};
use wasm_encoder::{ElementSection, ExportSection, ImportSection, Module, RawSection};
use wasmparser::{
    Element, ElementItems, ElementSectionReader, ImportSectionReader, Operator, Parser, Payload,
};

use crate::error::Error;

/// How many digits a hash at the end of a name has.
const HASH_DIGITS: usize = 16;

/// Gives short names to what `app_bg.wasm` in `folder` imports from `app.js`, and takes comments and
/// indentation from the script.
///
/// # Errors
///
/// When a file cannot be read or written, or when the script does not have what the wasm imports.
pub(crate) fn shorten(folder: &Path, app: &str) -> Result<(), Error> {
    let wasm_path = folder.join(format!("{app}_bg.wasm"));
    let script_path = folder.join(format!("{app}.js"));
    let wasm = fs::read(&wasm_path).map_err(Error::file("read", &wasm_path))?;
    let script = fs::read_to_string(&script_path).map_err(Error::file("read", &script_path))?;

    let mut names = ShortNames::default();
    let wasm = without_placeholders(&wasm)
        .and_then(|wasm| names.rename_imports(&wasm))
        .map_err(|error| Error::Split {
            reason: error.to_string(),
        })?;
    let script = without_waits(&without_comments(&without_repeats(&script)));
    let script = names.rename_keys(&script)?;
    fs::write(&wasm_path, wasm).map_err(Error::file("write", &wasm_path))?;
    fs::write(&script_path, script).map_err(Error::file("write", &script_path))
}

/// What is in the names of exports that are for streams from a server, which there is not.
const OF_STREAMS: &str = "intounderlying";

/// And in the script's names for them.
const STREAMS: &str = "IntoUnderlying";

/// The module without exports that nobody calls: the tool that cuts keeps whatever an export leads to in
/// the piece that every page begins with.
///
/// # Errors
///
/// When it is no module.
pub(crate) fn without_streams(wasm: &[u8]) -> Result<Vec<u8>, reencode::Error<Infallible>> {
    rewritten(wasm, |module, payload| {
        let Payload::ExportSection(reader) = payload else {
            return Ok(false);
        };
        let mut exports = ExportSection::new();
        for export in reader.clone() {
            let export = export?;
            if !export.name.contains(OF_STREAMS) {
                let kind = RoundtripReencoder.export_kind(export.kind)?;
                exports.export(export.name, kind, export.index);
            }
        }
        module.section(&exports);
        Ok(true)
    })
}

/// The module without what keeps the places of other pieces in the table: nothing is put in after
/// wasm-bindgen, and a place that nobody fills is empty.
fn without_placeholders(wasm: &[u8]) -> Result<Vec<u8>, reencode::Error<Infallible>> {
    rewritten(wasm, |module, payload| {
        let Payload::ElementSection(reader) = payload else {
            return Ok(false);
        };
        module.section(&filled(reader.clone())?);
        Ok(true)
    })
}

fn filled(reader: ElementSectionReader<'_>) -> Result<ElementSection, reencode::Error<Infallible>> {
    let mut kept = ElementSection::new();
    for element in reader {
        let element = element?;
        if !is_empty(&element)? {
            RoundtripReencoder.parse_element(&mut kept, element)?;
        }
    }
    Ok(kept)
}

/// Whether all that this puts into the table is nothing.
fn is_empty(element: &Element<'_>) -> Result<bool, reencode::Error<Infallible>> {
    let ElementItems::Expressions(_, places) = &element.items else {
        return Ok(false);
    };
    for place in places.clone() {
        let first = place?.get_operators_reader().read()?;
        if !matches!(first, Operator::RefNull { .. }) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same module with other sections where `rewrite` puts some and says so; all others stay byte for
/// byte.
fn rewritten(
    wasm: &[u8],
    mut rewrite: impl FnMut(&mut Module, &Payload<'_>) -> Result<bool, reencode::Error<Infallible>>,
) -> Result<Vec<u8>, reencode::Error<Infallible>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let (false, Some((id, range))) = (rewrite(&mut module, &payload)?, payload.as_section())
        {
            // Of what lies in memory, all places are numbers of that size.
            let data = &wasm[range.start as usize..range.end as usize];
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// The short name of each long one.
#[derive(Debug, Default)]
struct ShortNames(BTreeMap<String, String>);

impl ShortNames {
    /// The same module with short names for its imports.
    fn rename_imports(&mut self, wasm: &[u8]) -> Result<Vec<u8>, reencode::Error<Infallible>> {
        rewritten(wasm, |module, payload| {
            let Payload::ImportSection(reader) = payload else {
                return Ok(false);
            };
            module.section(&self.renamed(reader.clone())?);
            Ok(true)
        })
    }

    fn renamed(
        &mut self,
        reader: ImportSectionReader<'_>,
    ) -> Result<ImportSection, reencode::Error<Infallible>> {
        let mut imports = ImportSection::new();
        for import in reader.into_imports() {
            let import = import?;
            let next = format!("i{}", self.0.len());
            let name = if ends_with_hash(import.name) {
                self.0.entry(import.name.to_owned()).or_insert(next)
            } else {
                import.name
            };
            let kind = RoundtripReencoder.entity_type(import.ty)?;
            imports.import(import.module, name, kind);
        }
        Ok(imports)
    }

    /// The script with the short names as keys of what it lends to the wasm.
    fn rename_keys(&self, script: &str) -> Result<String, Error> {
        let mut script = script.to_owned();
        for (long, short) in &self.0 {
            let (key, short_key) = (format!("\n{long}: "), format!("\n{short}: "));
            if !script.contains(&key) {
                return Err(Error::Split {
                    reason: format!("the script beside the wasm does not define {long}"),
                });
            }
            // As a method, which the same function is.
            script = script.replace(&format!("{key}function("), &format!("\n{short}("));
            script = script.replace(&key, &short_key);
        }
        Ok(script)
    }
}

/// A script as wasm-bindgen writes them, without what is for streams, and with one name for each module
/// that it imports again and again.
fn without_repeats(script: &str) -> String {
    let (mut modules, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    let mut of_streams = false;
    let kept = script.lines().filter(|line| {
        // What is indented, or closes a brace, goes with what it stands in.
        if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            of_streams = line.contains(STREAMS);
        }
        let import = line.strip_prefix("import * as ");
        if let Some((name, module)) = import.and_then(|import| import.split_once(" from ")) {
            let is_first = modules.insert(module);
            if !is_first {
                repeated.insert(name);
            }
            return is_first;
        }
        let used = line.trim_end_matches(',').rsplit_once(": ");
        !of_streams && !used.is_some_and(|(_, name)| repeated.contains(name))
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The script without a name for what it returns in the next line.
fn without_waits(script: &str) -> String {
    let mut text = String::with_capacity(script.len());
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        let given = line.strip_prefix("const ret = ");
        let given = given.filter(|_| lines.peek() == Some(&"return ret;"));
        match given {
            None => text += line,
            Some(given) => {
                text = text + "return " + given;
                lines.next();
            }
        }
        text.push('\n');
    }
    text
}

/// Whether a name ends with an underscore and a hash.
fn ends_with_hash(name: &str) -> bool {
    let hash = name.rsplit_once('_').map_or("", |(_, hash)| hash);
    hash.len() == HASH_DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// A script whose comments have lines of their own, as wasm-bindgen writes them, without comments, blank
/// lines and indentation.
pub(crate) fn without_comments(script: &str) -> String {
    let is_comment = |line: &str| {
        ["//", "/*", "*"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    let lines = script.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !is_comment(line));
    kept.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        ConstExpr, Elements, EntityType, ExportKind, HeapType, RefType, TypeSection,
    };

    use super::*;

    const LONG: &str = "__wbg_focus_0123456789abcdef";

    fn wasm_importing(names: &[&str]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        for name in names {
            imports.import("./app_bg.js", name, EntityType::Function(0));
        }
        let mut module = Module::new();
        module.section(&types).section(&imports);
        module.finish()
    }

    #[test]
    fn a_name_with_a_hash_becomes_a_short_one_on_both_sides() {
        let mut names = ShortNames::default();
        let renamed = names.rename_imports(&wasm_importing(&[LONG, "load"]));
        assert_eq!(
            renamed.expect("it is a module"),
            wasm_importing(&["i0", "load"])
        );
        let script = format!("const lent = {{\n{LONG}: function() {{}},\n}};");
        let renamed = names.rename_keys(&script).expect("it has the key");
        assert_eq!(renamed, "const lent = {\ni0() {},\n};");
    }

    #[test]
    fn a_script_that_lacks_an_import_is_an_error_and_not_a_page_that_does_not_start() {
        let mut names = ShortNames::default();
        let renamed = names.rename_imports(&wasm_importing(&[LONG]));
        assert!(renamed.is_ok() && names.rename_keys("").is_err());
    }

    #[test]
    fn exports_for_streams_go_and_the_rest_of_the_module_stays() {
        let exporting = |names: &[&str]| {
            let mut exports = ExportSection::new();
            for name in names {
                exports.export(name, ExportKind::Func, 0);
            }
            let mut module = Module::new();
            module.section(&exports);
            module.finish()
        };
        let wasm = exporting(&[
            "main",
            "intounderlyingsink_write",
            "__wbg_intounderlyingsink_free",
        ]);
        let without = without_streams(&wasm).expect("it is a module");
        assert_eq!(without, exporting(&["main"]));
    }

    #[test]
    fn places_in_the_table_that_stay_empty_are_not_named() {
        let putting = |with_nothing: bool| {
            let mut elements = ElementSection::new();
            if with_nothing {
                let nothing = vec![ConstExpr::ref_null(HeapType::FUNC); 3];
                let nothing = Elements::Expressions(RefType::FUNCREF, nothing.into());
                elements.active(Some(0), &ConstExpr::i32_const(1), nothing);
            }
            let functions = Elements::Functions(vec![7].into());
            elements.active(Some(0), &ConstExpr::i32_const(4), functions);
            let mut module = Module::new();
            module.section(&elements);
            module.finish()
        };
        let without = without_placeholders(&putting(true)).expect("it is a module");
        assert_eq!(without, putting(false));
    }

    #[test]
    fn a_module_is_imported_once_and_nothing_is_there_for_streams() {
        let script = "import * as import1 from \"./pieces.js\"\n\
                      import * as import2 from \"./pieces.js\"\n\
                      export class IntoUnderlyingSink {\n    free() {\n    }\n}\n\
                      if (Symbol.dispose) IntoUnderlyingSink.prototype.free;\n\
                      function lend() {\n    return {\n        \"./pieces.js\": import1,\n        \
                      \"./pieces.js\": import2,\n    };\n}\n";
        let expected = "import * as import1 from \"./pieces.js\"\n\
                        function lend() {\n    return {\n        \"./pieces.js\": import1,\n    };\n}\n";
        assert_eq!(without_repeats(script), expected);
    }

    #[test]
    fn what_is_returned_at_once_needs_no_name() {
        let script = "i1: function(arg0) {\nconst ret = arg0.key;\nreturn ret;\n},\n\
                      const ret = a();\nb(ret);\nreturn ret;\n";
        let expected = "i1: function(arg0) {\nreturn arg0.key;\n},\n\
                        const ret = a();\nb(ret);\nreturn ret;\n";
        assert_eq!(without_waits(script), expected);
    }

    #[test]
    fn comments_go_and_code_stays() {
        let script = "/**\n * Frees it.\n */\nfree() {\n    // Once.\n    return a / b;\n}\n";
        assert_eq!(without_comments(script), "free() {\nreturn a / b;\n}\n");
    }
}
