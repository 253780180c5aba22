//! Back to an old template because an annotation of old asks for it; today's `kubectl rollout undo`
//! writes the template itself. Models `pkg/controller/deployment/rollback.go`.

use super::sync::all;
use super::util::{
    ROLLBACK_TO, is_own_annotation, last_revision, revision, same_template, template_without_hash,
};
use super::{CONTROLLER, Done, Look, Set};
use crate::api::Value;

impl Look<'_> {
    /// The revision that is asked for; 0: the last one. Models `getRollbackTo`.
    pub(super) fn rollback_to(&self) -> Option<i64> {
        let asked = self.d.metadata.annotations.get(ROLLBACK_TO)?;
        asked.parse().ok()
    }

    /// Models `rollback`.
    pub(super) fn rollback(&mut self, sets: Vec<Set>) -> Done<()> {
        const NOT_FOUND: &str = "DeploymentRollbackRevisionNotFound";
        let (new, old) = self.new_and_old_sets(&sets, true)?;
        let all = all(&old, new.as_ref());
        let wanted = match self.rollback_to().unwrap_or(0) {
            0 => last_revision(&all),
            wanted => wanted,
        };
        if wanted == 0 {
            self.tell("Warning", NOT_FOUND, "Unable to find last revision.".into());
            return self.clear_rollback(None);
        }
        let is_wanted = |set: &&Set| revision(&set.view.metadata) == Some(wanted);
        let Some(set) = all.iter().find(is_wanted) else {
            let message = "Unable to find the revision to rollback to.";
            self.tell("Warning", NOT_FOUND, message.into());
            return self.clear_rollback(None);
        };
        let name = self.d.metadata.name.clone();
        if same_template(&self.object, &set.object) {
            let message = format!(
                "The rollback revision contains the same template as current deployment \"{name}\""
            );
            self.tell("Warning", "DeploymentRollbackTemplateUnchanged", message);
            return self.clear_rollback(None);
        }
        self.clear_rollback(Some(set))?;
        let message = format!("Rolled back deployment \"{name}\" to revision {wanted}");
        self.tell("Normal", "DeploymentRollback", message);
        Ok(())
    }

    /// Writes the Deployment without the annotation, and with the template and the annotations of the
    /// ReplicaSet that it goes back to. Models `rollbackToTemplate` and
    /// `updateDeploymentAndClearRollbackTo`.
    fn clear_rollback(&mut self, to: Option<&Set>) -> Done<()> {
        let mut value = self.object.value.clone();
        let annotations = ["metadata", "annotations"];
        if let Some(set) = to {
            value.set(&["spec", "template"], template_without_hash(&set.object));
            let old = value.at(&annotations).cloned().unwrap_or_default();
            let own = old.as_map().into_iter().flat_map(|map| map.iter());
            let own = own.filter(|(name, _)| is_own_annotation(name));
            let sets = set.object.value.at(&annotations).and_then(Value::as_map);
            let sets = sets.into_iter().flat_map(|map| map.iter());
            let sets = sets.filter(|(name, _)| !is_own_annotation(name));
            let both = own.chain(sets);
            let both: Value = both
                .map(|(name, text)| (name.clone(), text.clone()))
                .collect();
            value.set(&annotations, both);
        }
        value.remove(&["metadata", "annotations", ROLLBACK_TO]);
        self.world.update(CONTROLLER.actor(), value)?;
        Ok(())
    }
}
