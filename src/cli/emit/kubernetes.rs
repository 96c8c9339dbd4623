//! An Indexed Job for Kubernetes, and a job that merges, which waits to be resumed.

use serde_json::json;

use super::Sharded;

/// Attempts a shard may need beyond its first, on average: pods are evicted, nodes go. A guess.
const RETRIES_A_SHARD: u64 = 2;

/// The manifest of both jobs.
pub(super) fn manifest(sharded: &Sharded<'_>, image: &str, claim: &str) -> String {
    let (title, label, shards) = (sharded.title(), sharded.label(), sharded.shards);
    // In what is a container's command, Kubernetes reads $$ as $.
    let escaped = Sharded {
        scenario: sharded.scenario.replace('$', "$$"),
        out: &sharded.out.replace('$', "$$"),
        ..*sharded
    };
    let sweep = escaped.sweep("\"$shard\"", "1");
    let shard = ["set -eu", "shard=$((JOB_COMPLETION_INDEX + 1))", &format!("exec {sweep}")];
    let indexed = format!(
        "completionMode: Indexed\n  completions: {shards}\n  parallelism: {shards}\n  \
         backoffLimit: {}",
        shards.saturating_mul(RETRIES_A_SHARD)
    );
    let merge = format!("exec {}", escaped.merge());
    let head = format!(
        "# {title}: an Indexed Job, and a job that merges them.
#
#   kubectl apply -f MANIFEST
#   kubectl wait --for=condition=complete --timeout=24h job/{label}
#   kubectl patch job {label}-merge --patch '{{\"spec\":{{\"suspend\":false}}}}'
#
# The volume of the claim has the scenario at its path, and what it names; results go there, too. Pods on
# several nodes need one that can be written from all of them (ReadWriteMany). The image has cloudsched
# and sh. A pod that is started again goes on after what is done.
"
    );
    let shards = job(&label, &indexed, (image, claim), &shard);
    let merge = job(&format!("{label}-merge"), "suspend: true", (image, claim), &[&merge]);
    format!("{head}{shards}---\n{merge}")
}

/// The manifest of a job that runs these lines in a shell.
fn job(name: &str, kind: &str, (image, claim): (&str, &str), lines: &[&str]) -> String {
    let (image, claim) = (json!(image), json!(claim));
    let lines = lines.join("\n              ");
    format!(
        r#"apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
spec:
  {kind}
  template:
    spec:
      restartPolicy: OnFailure
      containers:
        - name: cloudsched
          image: {image}
          workingDir: /sweep
          command: ["sh", "-c"]
          args:
            - |
              {lines}
          resources:
            requests:
              cpu: "1"
          volumeMounts:
            - name: sweep
              mountPath: /sweep
      volumes:
        - name: sweep
          persistentVolumeClaim:
            claimName: {claim}
"#
    )
}
