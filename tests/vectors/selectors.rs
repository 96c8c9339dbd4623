//! Selectors, affinities and constraints from the API's forms.

use cloudsched::policy::orchestration::kubernetes::{
    AffinityTerm, FieldTest, Labels, Malformed, Names, NodeAffinity, NodeTerm, Operator,
    PodAffinity, Requirement, Selector, Spread, Symbol,
};
use serde_json::{Value, json};

use crate::json::{list, number, pairs, text, texts};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn requirement(value: &Value, names: &mut Names) -> Result<Requirement, Malformed> {
    let operator = Operator::named(text(value, "operator"))
        .ok_or_else(|| Malformed(format!("operator of {value}")))?;
    Requirement::new(text(value, "key"), operator, &texts(value, "values"), names)
}

pub fn label_selector(value: &Value, names: &mut Names) -> Result<Selector, Malformed> {
    if value.is_null() {
        return Ok(Selector::Nothing);
    }
    let mut all = Vec::new();
    for (key, label) in pairs(&value["matchLabels"]) {
        let values = [label.as_str().unwrap()];
        all.push(Requirement::new(key, Operator::In, &values, names)?);
    }
    for expression in list(value, "matchExpressions") {
        let operator = text(expression, "operator");
        if matches!(operator, "Gt" | "Lt") {
            return Err(Malformed(format!("`{operator}` is for labels of nodes only")));
        }
        all.push(requirement(expression, names)?);
    }
    Ok(Selector::All(all))
}

fn node_term(value: &Value, names: &mut Names) -> NodeTerm {
    let mut term = NodeTerm::default();
    for expression in list(value, "matchExpressions") {
        match requirement(expression, names) {
            Ok(requirement) => term.labels.push(requirement),
            Err(_) => term.malformed = true,
        }
    }
    for field in list(value, "matchFields") {
        let values = texts(field, "values");
        let equal = text(field, "operator") == "In";
        term.malformed |= text(field, "key") != "metadata.name"
            || values.len() != 1
            || !(equal || text(field, "operator") == "NotIn");
        let tests = values.iter().map(|name| FieldTest { equal, name: names.symbol(name) });
        term.fields.extend(tests);
    }
    term
}

pub fn node_terms(value: &Value, names: &mut Names) -> Option<Vec<NodeTerm>> {
    let terms = list(&value[REQUIRED], "nodeSelectorTerms");
    let needed = !value[REQUIRED].is_null();
    needed.then(|| terms.iter().map(|term| node_term(term, names)).collect())
}

pub fn preferred_node_terms(value: &Value, names: &mut Names) -> Vec<(i64, NodeTerm)> {
    let terms = list(value, PREFERRED).iter();
    terms.map(|term| (number(term, "weight"), node_term(&term["preference"], names))).collect()
}

pub fn node_affinity(value: &Value, names: &mut Names) -> NodeAffinity {
    NodeAffinity {
        selector: Labels::default(),
        required: node_terms(value, names),
        preferred: preferred_node_terms(value, names),
    }
}

fn affinity_term(value: &Value, own: Symbol, names: &mut Names) -> Result<AffinityTerm, Malformed> {
    let mut namespaces: Vec<Symbol> =
        texts(value, "namespaces").iter().map(|name| names.symbol(name)).collect();
    if namespaces.is_empty() && value["namespaceSelector"].is_null() {
        namespaces.push(own);
    }
    Ok(AffinityTerm {
        namespaces,
        namespace_selector: label_selector(&value["namespaceSelector"], names)?,
        selector: label_selector(&value["labelSelector"], names)?,
        key: names.symbol(text(value, "topologyKey")),
    })
}

pub fn pod_affinity(value: &Value, own: Symbol, names: &mut Names) -> PodAffinity {
    let mut malformed = false;
    // A list with one bad selector is dropped as a whole.
    let mut whole = |terms: Result<Vec<_>, Malformed>| {
        malformed |= terms.is_err();
        terms.unwrap_or_default()
    };
    let mut required = |value: &Value| -> Vec<AffinityTerm> {
        let terms = list(value, REQUIRED).iter().map(|term| affinity_term(term, own, names));
        whole(terms.map(|term| term.map(|term| (1, term))).collect())
            .into_iter()
            .map(|(_, term)| term)
            .collect()
    };
    let (near, far) = (required(&value["podAffinity"]), required(&value["podAntiAffinity"]));
    let mut preferred = |value: &Value| -> Vec<(i64, AffinityTerm)> {
        let terms = list(value, PREFERRED).iter().map(|one| {
            affinity_term(&one["podAffinityTerm"], own, names)
                .map(|term| (number(one, "weight"), term))
        });
        whole(terms.collect())
    };
    let preferred_near = preferred(&value["podAffinity"]);
    let preferred_far = preferred(&value["podAntiAffinity"]);
    PodAffinity {
        required: near,
        required_anti: far,
        preferred: preferred_near,
        preferred_anti: preferred_far,
        malformed,
    }
}

pub fn spread(value: &Value, labels: &Labels, names: &mut Names) -> Spread {
    let keys: Vec<Symbol> =
        texts(value, "matchLabelKeys").iter().map(|key| names.symbol(key)).collect();
    let own = keys.iter().filter_map(|&key| Some(Requirement::equals(key, labels.get(key)?)));
    let selector = label_selector(&value["labelSelector"], names).unwrap().and(own);
    let key = names.symbol(text(value, "topologyKey"));
    let hard = text(value, "whenUnsatisfiable") == "DoNotSchedule";
    let mut spread = Spread::new(key, number(value, "maxSkew") as i32, hard, selector);
    spread.least_domains = value["minDomains"].as_i64().unwrap_or(1) as i32;
    spread.honour_affinity = text(value, "nodeAffinityPolicy") != "Ignore";
    spread.honour_taints = text(value, "nodeTaintsPolicy") == "Honor";
    spread
}

#[test]
fn only_nodes_are_selected_by_size() {
    let mut names = Names::default();
    for (operator, values, of_labels) in
        [("Gt", json!(["1"]), false), ("Lt", json!(["1"]), false), ("In", json!(["1"]), true)]
    {
        let expression = json!({"key": "cores", "operator": operator, "values": values});
        let selector = json!({"matchExpressions": [expression]});
        assert_eq!(label_selector(&selector, &mut names).is_ok(), of_labels, "{operator}");
        assert!(!node_term(&selector, &mut names).malformed, "{operator}");
    }
}
