//! The description of the API for people: one page of plain HTML.

use std::fmt::Write as _;

use serde_json::Value;

use crate::pages::escaped;

/// The style of the page. It comes as a file of ours, since the policy of all pages lets no style in
/// that stands in a page.
pub(super) const STYLE: &str = include_str!("../../assets/docs.css");

/// Makes the page.
pub(super) fn page(document: &utoipa::openapi::OpenApi) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut body = String::new();
    let title = escaped(word(&document["info"]["title"]));
    let version = escaped(word(&document["info"]["version"]));
    let about = escaped(word(&document["info"]["description"]));
    let _ = write!(
        body,
        "<h1>{title} {version}: the API</h1>\n<p>{about}</p>\n\
         <p>For programs: <a href=\"/openapi.json\">/openapi.json</a>. Every request but for this page \
         needs a token: <code>Authorization: Bearer hai_sk_…</code> or <code>x-api-key</code>; \
         make one with <code>hai-net token create --label NAME</code>.</p>\n"
    );
    body.push_str("<nav aria-label=\"Routes\"><ul>\n");
    for (method, path, route) in routes(&document) {
        let _ = writeln!(
            body,
            "<li><a href=\"#{}\"><code>{} {}</code></a></li>",
            anchor(route),
            method.to_uppercase(),
            escaped(path)
        );
    }
    body.push_str("</ul></nav>\n");
    for (method, path, route) in routes(&document) {
        write_route(&mut body, method, path, route);
    }
    body.push_str("<h2>Shapes</h2>\n");
    for (name, shape) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        write_shape(&mut body, name, shape);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}: the API</title>\
         <link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/docs.css\"></head>\n<body><main>\n{body}</main></body>\n</html>\n"
    )
}

/// Method, path and description of each route, in the order of the document.
fn routes(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, route)| (method.as_str(), path.as_str(), route))
    })
}

fn write_route(body: &mut String, method: &str, path: &str, route: &Value) {
    let _ = write!(
        body,
        "<section id=\"{}\">\n<h2><code>{} {}</code></h2>\n<p>{} <small>{}</small></p>\n<dl>\n",
        anchor(route),
        method.to_uppercase(),
        escaped(path),
        escaped(word(&route["summary"])),
        escaped(word(&route["tags"][0])),
    );
    let takes = &route["requestBody"]["content"]["application/json"]["schema"];
    if !takes.is_null() {
        let _ = writeln!(body, "<dt>takes</dt><dd>{}</dd>", kind(takes));
    }
    for (status, response) in route["responses"].as_object().into_iter().flatten() {
        let gives = &response["content"]["application/json"]["schema"];
        let _ = writeln!(
            body,
            "<dt>{}</dt><dd>{} {}</dd>",
            escaped(status),
            kind(gives),
            escaped(word(&response["description"]))
        );
    }
    body.push_str("</dl>\n</section>\n");
}

fn write_shape(body: &mut String, name: &str, shape: &Value) {
    let _ = write!(
        body,
        "<section id=\"shape-{0}\">\n<h3>{0}</h3>\n<p>{1}</p>\n\
         <table><thead><tr><th>field</th><th>type</th><th>meaning</th></tr></thead><tbody>\n",
        escaped(name),
        escaped(word(&shape["description"]))
    );
    let needed = shape["required"].as_array().cloned().unwrap_or_default();
    for (field, described) in shape["properties"].as_object().into_iter().flatten() {
        let star = if needed.iter().any(|name| name == field) {
            " (needed)"
        } else {
            ""
        };
        let _ = writeln!(
            body,
            "<tr><td><code>{}</code>{star}</td><td>{}</td><td>{}</td></tr>",
            escaped(field),
            kind(described),
            escaped(word(&described["description"]))
        );
    }
    body.push_str("</tbody></table>\n</section>\n");
}

/// What a schema takes, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        let name = escaped(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    if let Some(several) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let kinds: Vec<String> = several.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    let one = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        other => escaped(other),
    };
    match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().filter_map(Value::as_str).map(one).collect();
            names.join(" or ")
        }
        _ => "any value".to_owned(),
    }
}

fn anchor(route: &Value) -> String {
    escaped(word(&route["operationId"]))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
