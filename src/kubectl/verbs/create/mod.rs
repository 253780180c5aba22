//! `kubectl create`: objects from files; below it, the generators. Models
//! `k8s.io/kubectl/pkg/cmd/create/create.go`. Left out: `--edit`, `--raw`.

/// What the generators have in common.
pub(super) mod generator;

/// Deployments, Jobs, CronJobs.
mod workloads;

/// ConfigMaps and Secrets.
mod data;

/// Services and Ingresses.
pub(super) mod services;

/// Namespaces, quotas, budgets, priorities, accounts.
mod policies;
pub use policies::selector_of;

/// Roles and who has them.
mod roles;

use crate::kubectl::apply::remember;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;

/// `kubectl create`
pub const COMMAND: Command =
    Command::new("create", "Create a resource from a file or from stdin", run)
        .flags(&[
            shared::FILENAME,
            shared::PRINT,
            shared::DRY_RUN,
            shared::VALIDATE,
            shared::SELECTOR,
            shared::SAVE_CONFIG,
            FLAGS,
        ])
        .children(&[
            &roles::CLUSTER_ROLE,
            &roles::CLUSTER_ROLE_BINDING,
            &data::CONFIG_MAP,
            &workloads::CRON_JOB,
            &workloads::DEPLOYMENT,
            &services::INGRESS,
            &workloads::JOB,
            &policies::NAMESPACE,
            &policies::BUDGET,
            &policies::PRIORITY_CLASS,
            &policies::QUOTA,
            &roles::ROLE,
            &roles::ROLE_BINDING,
            &data::SECRET,
            &services::SERVICE,
            &policies::SERVICE_ACCOUNT,
            &Command::not_here("token", "Request a service account token"),
        ]);

const FLAGS: &[Flag] = &[
    Flag::text("field-manager").default("kubectl-create"),
    Flag::truth("edit").not_here(),
    Flag::text("raw").not_here(),
    Flag::truth("windows-line-endings"),
];

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut asked = Asked::of(cx, given);
    if asked.has_no_files() && given.words.is_empty() {
        return Err(Error::Plain("must specify one of -f and -k".into()));
    }
    if !given.words.is_empty() {
        let words = given.words.join(" ");
        let sentence = format!("Unexpected args: [{words}]");
        return Err(Error::usage(&given.command, &sentence));
    }
    let mut session = Session::of(cx, given)?;
    asked.validates = session.validates();
    let found = asked.find(session.cx)?;
    let (mut errors, mut done) = (Vec::new(), 0);
    for item in found.items {
        let created = item.and_then(|info| one(&mut session, &info, given.is("save-config")));
        match created {
            Ok(()) => done += 1,
            Err(error) => errors.push(error),
        }
    }
    Error::gathered(errors)?;
    if done == 0 {
        return Err(Error::Plain("no objects passed to create".into()));
    }
    Ok(Process::Ended(0))
}

fn one(session: &mut Session<'_, '_>, info: &Info, saves_config: bool) -> Result<(), Error> {
    let mut value = info.value.clone();
    if saves_config {
        remember(&mut value);
    }
    let created = session.create(info, &value);
    let created = created.map_err(|error| error.while_doing("creating", &info.source))?;
    session.print(&created, "created");
    Ok(())
}
