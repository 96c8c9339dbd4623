//! `new`: a scenario to start from.

use clap::Args;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;

use super::Failure;
use super::output::print;

/// A commented scenario.
struct Template {
    name: &'static str,
    summary: &'static str,
    text: &'static str,
}

/// The templates; the first is the default.
const TEMPLATES: &[Template] = &[
    Template {
        name: "web",
        summary: "a client and a service on servers",
        text: include_str!("templates/web.toml"),
    },
    Template {
        name: "faas",
        summary: "functions with cold starts, keep-alive and hosts",
        text: include_str!("templates/faas.toml"),
    },
    Template {
        name: "lambda",
        summary: "a service on AWS Lambda, with its cold starts and prices",
        text: include_str!("templates/lambda.toml"),
    },
    Template {
        name: "kubernetes",
        summary: "replicas on Kubernetes that follow their load",
        text: include_str!("templates/kubernetes.toml"),
    },
    Template {
        name: "trace",
        summary: "a recorded workload, with a sample of it to write first",
        text: include_str!("templates/trace.toml"),
    },
];

/// The arguments of `new`.
#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// Which scenario
    #[arg(default_value = TEMPLATES[0].name, value_parser = PossibleValuesParser::new(names()))]
    template: String,
}

fn names() -> Vec<PossibleValue> {
    let value = |template: &Template| PossibleValue::new(template.name).help(template.summary);
    TEMPLATES.iter().map(value).collect()
}

pub(super) fn new(arguments: &NewArguments) -> Result<(), Failure> {
    let template = TEMPLATES.iter().find(|template| template.name == arguments.template);
    let template = template.expect("the parser takes the names of templates only");
    Ok(print(|out| out.write_all(template.text.as_bytes()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;
    use crate::world;

    #[test]
    fn every_template_runs() {
        let folder = tempfile::tempdir().unwrap();
        for template in TEMPLATES {
            // The trace that a template speaks of stands in its comments.
            let trace: Vec<&str> = template
                .text
                .lines()
                .skip_while(|line| *line != "#   time_s,service,duration_s")
                .map_while(|line| line.strip_prefix("#   "))
                .collect();
            std::fs::write(folder.path().join("requests.csv"), trace.join("\n")).unwrap();
            let loaded = load_text(template.name, template.text, folder.path(), "x", &[])
                .map_err(|error| error.render(false))
                .unwrap();
            assert!(
                loaded.problems.is_empty(),
                "{}",
                loaded.problems.render(&loaded.sources, false)
            );
            assert_eq!(loaded.specification.name, template.name);
            let outcome = world::run(&loaded.specification, loaded.seed, None, None);
            assert!(outcome.total().completed > 0, "{}", template.name);
        }
    }
}
