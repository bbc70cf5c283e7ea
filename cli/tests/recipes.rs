//! The recipes for clusters: they are read by a real parser, and their commands are run.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use yaml_rust2::{Yaml, YamlLoader};

const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes");
const PARTS: i64 = 8;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may not be there.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder is made");
    folder
}

/// A shell in this folder that finds `orrery` on its path.
fn shell(folder: &Path) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_orrery"))
        .parent()
        .expect("it lies in a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", own.display()));
    shell
}

fn check(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// Shortens the runs: what is tested is the command, not the measurement.
fn shortened(command: &str) -> String {
    assert!(
        command.contains("--runs 25") && command.contains("--until 60"),
        "{command}"
    );
    command
        .replace("--runs 25", "--runs 2")
        .replace("--until 60", "--until 2")
}

/// Joins the parts and compares them with the same sweep made at once.
fn check_joined(folder: &Path) {
    check(
        &shell(folder)
            .args(["-c", "orrery merge part-*.json -o joined.json"])
            .output()
            .expect("it starts"),
    );
    let whole = "orrery sweep token-bucket --x capacity=1..40:8 --y offered=1..20:4 \
                 --metric refused/offered --runs 2 --until 2 --seed 1 -o whole.json";
    check(
        &shell(folder)
            .args(["-c", whole])
            .output()
            .expect("it starts"),
    );
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it is there");
    assert_eq!(read("joined.json"), read("whole.json"));
}

#[test]
fn the_kubernetes_job_is_yaml_and_its_pods_make_one_sweep() {
    let text = fs::read_to_string(format!("{RECIPES}/kubernetes-job.yaml")).expect("it is there");
    let documents = YamlLoader::load_from_str(&text).expect("it is YAML");
    let [job] = &documents[..] else {
        panic!("it is one document");
    };
    assert_eq!(job["apiVersion"].as_str(), Some("batch/v1"));
    assert_eq!(job["kind"].as_str(), Some("Job"));
    let spec = &job["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    assert_eq!(spec["completions"].as_i64(), Some(PARTS));
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["restartPolicy"].as_str(), Some("Never"));
    let container = &pod["containers"][0];
    let words = container["command"].as_vec().expect("a list").iter();
    assert_eq!(
        words.filter_map(Yaml::as_str).collect::<Vec<_>>(),
        ["/bin/sh", "-c"]
    );
    let volume: &Yaml = &container["volumeMounts"][0];
    assert_eq!(volume["name"], pod["volumes"][0]["name"]);
    let mount = volume["mountPath"].as_str().expect("a path");
    let folder = folder("kubernetes");
    let command = container["args"][0].as_str().expect("a command");
    assert!(command.contains(&format!("\"{mount}/part-")), "{command}");
    let command = shortened(command).replace(mount, ".");
    for index in 0..PARTS {
        let mut shell = shell(&folder);
        let pod = shell
            .args(["-c", &command])
            .env("JOB_COMPLETION_INDEX", index.to_string());
        check(&pod.output().expect("it starts"));
    }
    check_joined(&folder);
}

#[test]
fn the_tasks_of_the_slurm_array_make_one_sweep() {
    let text = fs::read_to_string(format!("{RECIPES}/slurm-array.sh")).expect("it is there");
    assert!(text.contains(&format!("#SBATCH --array=1-{PARTS}\n")));
    let folder = folder("slurm");
    fs::write(folder.join("task.sh"), shortened(&text)).expect("it is written");
    for task in 1..=PARTS {
        let mut shell = shell(&folder);
        let task = shell
            .arg("task.sh")
            .env("SLURM_ARRAY_TASK_ID", task.to_string());
        check(&task.output().expect("it starts"));
    }
    check_joined(&folder);
}

/// The hash of the run that the README replays.
fn hash(folder: &Path) -> String {
    let run = "orrery run 'token-bucket#seed=7&capacity=40&at=60' --json";
    let output = shell(folder).args(["-c", run]).output().expect("it starts");
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    run["trace_hash"]
        .as_str()
        .expect("it has a hash")
        .to_owned()
}

#[test]
fn every_command_in_the_readme_is_one() {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("it is there");
    let folder = folder("readme");
    let blocks = text
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"));
    let mut run = 0;
    for (block, _) in blocks {
        let block = block.replace("\\\n", " ");
        for line in block.lines().filter(|line| line.starts_with("orrery ")) {
            if line.contains("part-*.json") {
                continue;
            }
            let line = line
                .replace("--runs 100", "--runs 2")
                .replace("--expect HASH", &format!("--expect {}", hash(&folder)));
            let output = shell(&folder)
                .args(["-c", &line])
                .output()
                .expect("it starts");
            assert!(
                output.status.success(),
                "{line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            run += 1;
        }
    }
    assert!(run >= 9, "the README shows commands");
}
