//! Reading `Cargo.lock`: the tools must fit the versions that it names.

use crate::error::Error;

/// The version of `package` in the text of a lock file.
///
/// # Errors
///
/// When the text is not a lock file, or names no such package.
pub(crate) fn locked_version(lock: &str, package: &str) -> Result<String, Error> {
    let lock: toml::Table = lock.parse().map_err(|_| Error::Lockfile {
        problem: "parse".to_owned(),
    })?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    packages
        .into_iter()
        .flatten()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str())
        .map(str::to_owned)
        .ok_or_else(|| Error::Lockfile {
            problem: format!("name a package called `{package}`"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.99"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = ["wasm-bindgen-macro"]
"#;

    #[test]
    fn the_version_is_that_of_the_package_with_exactly_this_name() {
        assert_eq!(
            locked_version(LOCK, "wasm-bindgen").expect("the package is there"),
            "0.2.130"
        );
    }

    #[test]
    fn a_missing_package_is_named() {
        let error = locked_version(LOCK, "leptos").expect_err("the package is not there");
        assert!(error.to_string().contains("`leptos`"), "{error}");
    }

    #[test]
    fn a_broken_lock_file_is_an_error_and_no_panic() {
        let error = locked_version("version = = 4", "leptos").expect_err("this does not parse");
        assert!(error.to_string().contains("does not parse"), "{error}");
    }

    #[test]
    fn the_projects_own_lock_file_names_wasm_bindgen() {
        let lock = crate::workspace::Workspace::find()
            .read("Cargo.lock")
            .expect("it is committed");
        assert!(locked_version(&lock, "wasm-bindgen").is_ok());
    }
}
