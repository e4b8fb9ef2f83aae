//! API and tools: where programs find the hub, and which may come in.

use contract::token::{Scope, TokenView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::row::SettingRows;
use crate::app::{App, Overlay, Section, app};
use crate::clock;
use crate::parts::{Icon, Skeleton, copy_button, icon};

/// The section.
#[component]
pub(super) fn Api() -> impl IntoView {
    let app = app();
    spawn_local(app.read_tokens());
    let address = Memo::new(move |_| app.status.with(|it| it.as_ref()?.address.clone()));
    view! {
        <p>{move || app.words().api_about}</p>
        {move || match address.get() {
            None => view! { <p class="muted">{app.words().api_closed}</p> }.into_any(),
            Some(address) => {
                let base = format!("{}/v1", address.trim_end_matches('/'));
                view! {
                    <dl class="facts">
                        {fact(app.words().api_address, address)}
                        {fact(app.words().api_base_url, base)}
                    </dl>
                }
                    .into_any()
            }
        }}
        <h3>{move || app.words().tokens}</h3>
        <p>{move || app.words().tokens_about}</p>
        <p class="command">
            <code>{move || app.words().token_create}</code>
            {copy_button(move || app.words_now().token_create.to_owned())}
        </p>
        {move || tokens(app)}
        <SettingRows section=Section::Api />
    }
}

/// A fact that can be copied.
pub(super) fn fact(name: &'static str, value: String) -> AnyView {
    let to_copy = value.clone();
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <code>{value}</code>
                {copy_button(move || to_copy.clone())}
            </dd>
        </div>
    }
    .into_any()
}

fn tokens(app: App) -> AnyView {
    let words = app.words();
    match app.tokens.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(list) if list.tokens.is_empty() => {
            view! { <p class="muted">{words.tokens_none}</p> }.into_any()
        }
        Some(list) => {
            let lines = list.tokens.into_iter().map(|token| token_line(app, token));
            view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
        }
    }
}

fn token_line(app: App, token: TokenView) -> AnyView {
    let words = app.words();
    let language = app.language.get();
    let date = |at| clock::short_date(at, language);
    let mut facts = vec![(words.token_created)(&date(token.created))];
    facts.push(match token.last_used {
        Some(at) => (words.token_used)(&date(at)),
        None => words.token_never_used.to_owned(),
    });
    facts.extend(token.expires.map(|at| (words.token_expires)(&date(at))));
    facts.extend(token.revoked.map(|at| (words.token_revoked)(&date(at))));
    facts.push(match token.scopes.as_slice() {
        all if all == Scope::ALL => words.usage.may_all.to_owned(),
        some => {
            let names: Vec<&str> = some.iter().map(|scope| scope.name()).collect();
            (words.usage.may)(&names.join(", "))
        }
    });
    let count = |say: fn(&str) -> String, count: u64| say(&count.to_string());
    facts.extend(
        token
            .rate_per_minute
            .map(|rate| count(words.usage.rate, rate.into())),
    );
    facts.extend(
        token
            .quota_tokens_per_day
            .map(|quota| count(words.usage.quota, quota)),
    );
    let is_live = token.revoked.is_none();
    let label = token.label.clone();
    view! {
        <li class="card" data-testid="token">
            <div class="card-words">
                <p class="card-title">{icon(Icon::Key)} {token.label.clone()}</p>
                <p class="muted small">{facts.join(" · ")}</p>
            </div>
            {is_live
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="quiet"
                            aria-label=(words.token_revoke_named)(&token.label)
                            on:click=move |_| {
                                app.overlay
                                    .set(Some(Overlay::RevokeToken(token.id, label.clone())));
                            }
                        >
                            {words.token_revoke}
                        </button>
                    }
                })}
        </li>
    }
    .into_any()
}
