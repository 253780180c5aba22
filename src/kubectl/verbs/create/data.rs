//! `kubectl create configmap`, `secret`. Models `create_{configmap,secret,secret_docker,secret_tls}.go`
//! and `k8s.io/kubectl/pkg/util/util.go`. Left out: `--append-hash`, what isn't UTF-8, and a look at a
//! certificate.

use super::generator::{FLAGS, finish, name, object};
use crate::api::base64;
use crate::api::validation::names;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;
use crate::manifest::stream::quoted;
use std::rc::Rc;

/// `kubectl create configmap`
pub const CONFIG_MAP: Command = Command::new(
    "configmap",
    "Create a config map from a local file, directory or literal value",
    config_map,
)
.aliases(&["cm"])
.flags(&[FLAGS, SOURCES]);

/// `kubectl create secret`
pub const SECRET: Command = Command::group(
    "secret",
    "Create a secret using a specified subcommand",
    &[&DOCKER_REGISTRY, &GENERIC, &TLS],
)
.long(
    "Create a secret with specified type.\n\n A docker-registry type secret is for accessing a container \
     registry.\n\n A generic type secret indicate an Opaque secret type.\n\n A tls type secret holds TLS \
     certificate and its associated key.",
)
.usage("(docker-registry | generic | tls) [options]");

const DOCKER_REGISTRY: Command = Command::new(
    "docker-registry",
    "Create a secret for use with a Docker registry",
    docker_registry,
)
.flags(&[
    FLAGS,
    &[
        Flag::truth("append-hash").not_here(),
        Flag::text("docker-email"),
        Flag::text("docker-password"),
        Flag::text("docker-server").default("https://index.docker.io/v1/"),
        Flag::text("docker-username"),
        Flag::slice("from-file"),
    ],
]);

const GENERIC: Command = Command::new(
    "generic",
    "Create a secret from a local file, directory, or literal value",
    generic,
)
.flags(&[FLAGS, SOURCES, &[Flag::text("type")]]);

const TLS: Command = Command::new("tls", "Create a TLS secret", tls).flags(&[
    FLAGS,
    &[
        Flag::truth("append-hash").not_here(),
        Flag::text("cert"),
        Flag::text("key"),
    ],
]);

const SOURCES: &[Flag] = &[
    Flag::truth("append-hash").not_here(),
    Flag::slice("from-env-file"),
    Flag::slice("from-file"),
    Flag::array("from-literal"),
];

/// What goes into a ConfigMap or a Secret.
struct Data {
    /// Of a Secret?
    is_secret: bool,
    name: String,
    entries: Vec<(String, String)>,
}

impl Data {
    fn add(&mut self, key: &str, text: &str) -> Result<(), Error> {
        let wrong = names::config_map_key(key);
        let named = quoted(key);
        if !wrong.is_empty() {
            return plain(match self.is_secret {
                true => format!(
                    "{named} is not valid key name for a Secret {}",
                    wrong.join(";")
                ),
                false => format!(
                    "{named} is not a valid key name for a ConfigMap: {}",
                    wrong.join(",")
                ),
            });
        }
        if self.entries.iter().any(|(known, _)| known == key) {
            return plain(match self.is_secret {
                true => format!("cannot add key {key}, another key by that name already exists"),
                false => format!(
                    "cannot add key {named}, another key by that name already exists in Data for \
                     ConfigMap {}",
                    quoted(&self.name)
                ),
            });
        }
        self.entries.push((key.into(), text.into()));
        Ok(())
    }

    fn literals(&mut self, given: &Given) -> Result<(), Error> {
        for literal in given.list("from-literal") {
            let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty())
            else {
                return plain(format!(
                    "invalid literal source {literal}, expected key=value"
                ));
            };
            self.add(key, value)?;
        }
        Ok(())
    }

    fn files(&mut self, cx: &Cx<'_>, sources: &[String]) -> Result<(), Error> {
        for source in sources {
            let (key, path) = file_source(source)?;
            if let Some(text) = cx.file(&path) {
                self.add(&key, &text)?;
                continue;
            }
            let folder = cx.path(&path);
            if !cx.files.exists(&folder) {
                return plain(format!("error reading {path}: no such file or directory"));
            }
            if source.contains('=') {
                return plain("cannot give a key name for a directory path");
            }
            let all: Vec<(Rc<str>, String)> = cx
                .files
                .below(&folder)
                .filter(|(_, file)| !file.folder)
                .map(|(path, file)| {
                    (
                        path.clone(),
                        String::from_utf8_lossy(&file.bytes).into_owned(),
                    )
                })
                .collect();
            for (path, text) in all {
                let within = path[folder.len()..].trim_start_matches('/');
                if !within.contains('/') {
                    self.add(within, &text)?;
                }
            }
        }
        Ok(())
    }

    fn env_files(&mut self, cx: &Cx<'_>, given: &Given) -> Result<(), Error> {
        for path in given.list("from-env-file") {
            let Some(text) = cx.file(path) else {
                return plain(format!("error reading {path}: no such file or directory"));
            };
            for line in text.lines() {
                let line = line.trim_start();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let (key, value) = match line.split_once('=') {
                    Some((key, value)) => (key, value.to_string()),
                    // The value is the shell's own.
                    None => (line, cx.variable(line).unwrap_or_default().to_string()),
                };
                let wrong = names::relaxed_env_var_name(key);
                if !wrong.is_empty() {
                    let (key, why) = (quoted(key), wrong.join(";"));
                    return plain(format!("{key} is not a valid key name: {why}"));
                }
                self.add(key, &value)?;
            }
        }
        Ok(())
    }
}

/// `key=path`, `path`. Models `ParseFileSource`.
fn file_source(source: &str) -> Result<(String, String), Error> {
    match source.matches('=').count() {
        0 => {
            let base = source.trim_end_matches('/').rsplit('/').next();
            Ok((base.unwrap_or_default().into(), source.into()))
        }
        1 if source.starts_with('=') => plain(format!(
            "key name for file path {} missing",
            source.trim_start_matches('=')
        )),
        1 if source.ends_with('=') => plain(format!(
            "file path for key name {} missing",
            source.trim_end_matches('=')
        )),
        1 => {
            let (key, path) = source.split_once('=').unwrap_or_default();
            Ok((key.into(), path.into()))
        }
        _ => plain("key names or file paths cannot contain '='"),
    }
}

fn config_map(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let data = sources(cx, given, false)?;
    let mut value = object("v1", "ConfigMap", &data.name);
    for (key, text) in &data.entries {
        value.set(&["data", key], text.as_str());
    }
    finish(cx, given, value, "failed to create configmap: ")
}

fn sources(cx: &Cx<'_>, given: &Given, is_secret: bool) -> Result<Data, Error> {
    let mut data = Data {
        is_secret,
        name: name(given)?,
        entries: Vec::new(),
    };
    if given.has("from-env-file") && (given.has("from-file") || given.has("from-literal")) {
        return plain("from-env-file cannot be combined with from-file or from-literal");
    }
    let files: Vec<String> = given
        .list("from-file")
        .into_iter()
        .map(str::to_string)
        .collect();
    if is_secret {
        data.literals(given)?;
        data.files(cx, &files)?;
    } else {
        data.files(cx, &files)?;
        data.literals(given)?;
    }
    data.env_files(cx, given)?;
    Ok(data)
}

/// Creates a Secret.
fn secret(cx: &mut Cx<'_>, given: &Given, data: &Data, of: &str) -> Result<Process, Error> {
    let mut value = object("v1", "Secret", &data.name);
    for (key, text) in &data.entries {
        value.set(&["data", key], base64::encode(text.as_bytes()));
    }
    if !of.is_empty() {
        value.set(&["type"], of);
    }
    finish(cx, given, value, "failed to create secret ")
}

fn generic(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let data = sources(cx, given, true)?;
    secret(cx, given, &data, given.text("type"))
}

fn docker_registry(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    const KEY: &str = ".dockerconfigjson";
    let mut data = Data {
        is_secret: true,
        name: name(given)?,
        entries: Vec::new(),
    };
    let part = |name: &str| given.text(&format!("docker-{name}"));
    let files = given.list("from-file");
    let (user, password, server) = (part("username"), part("password"), part("server"));
    if files.is_empty() && [user, password, server].contains(&"") {
        return plain(
            "either --from-file or the combination of --docker-username, --docker-password and \
             --docker-server is required",
        );
    }
    let files: Vec<String> = files
        .into_iter()
        .map(|file| match file.contains('=') {
            true => file.to_string(),
            false => format!("{KEY}={file}"),
        })
        .collect();
    if files.is_empty() {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let auth = base64::encode(format!("{user}:{password}").as_bytes());
        let mut fields = vec![
            format!("\"username\":{}", json(user)),
            format!("\"password\":{}", json(password)),
        ];
        if !part("email").is_empty() {
            fields.push(format!("\"email\":{}", json(part("email"))));
        }
        fields.push(format!("\"auth\":{}", json(&auth)));
        let text = format!(
            "{{\"auths\":{{{}:{{{}}}}}}}",
            json(server),
            fields.join(",")
        );
        data.add(KEY, &text)?;
    } else {
        data.files(cx, &files)?;
    }
    secret(cx, given, &data, "kubernetes.io/dockerconfigjson")
}

fn tls(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut data = Data {
        is_secret: true,
        name: name(given)?,
        entries: Vec::new(),
    };
    let (cert, key) = (given.text("cert"), given.text("key"));
    if cert.is_empty() || key.is_empty() {
        return plain("key and cert must be specified");
    }
    for (name, path) in [("tls.crt", cert), ("tls.key", key)] {
        let Some(text) = cx.file(path) else {
            return plain(format!(
                "Cannot read file {path}, open {path}: no such file or directory"
            ));
        };
        data.add(name, &text)?;
    }
    secret(cx, given, &data, "kubernetes.io/tls")
}
