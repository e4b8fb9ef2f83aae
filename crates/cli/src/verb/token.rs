//! `hai-net token`: tokens with which other programs use the API.

use contract::token::{CreateToken, ListTokens, RevokeToken, Scope, TokenList, TokenView};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::pick::{self, short_id};
use crate::screen::{short, text_of};
use crate::when;

/// Characters of a label in the list.
const LABEL_SHOWN: usize = 40;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: TokenVerb,
}

#[derive(Debug, clap::Subcommand)]
enum TokenVerb {
    /// Make a token. Its secret is shown once and never again
    Create {
        /// What it is for, in your words
        #[arg(long, value_name = "TEXT")]
        label: String,
        /// Days until it ends; without, it stays until it is revoked
        #[arg(long, value_name = "NUMBER")]
        days: Option<u32>,
        /// What it may be used for: models, chat, embeddings; without, everything
        #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
        scope: Vec<String>,
        /// The most requests a minute; without, no limit
        #[arg(long, value_name = "NUMBER")]
        rate: Option<u32>,
        /// The most tokens of models a day, read and written; without, no limit
        #[arg(long, value_name = "NUMBER")]
        quota_tokens: Option<u64>,
    },
    /// List tokens, without their secrets
    List,
    /// Revoke a token for good
    Revoke {
        /// Its label, its id, or the end of its id
        token: String,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        TokenVerb::Create {
            label,
            days,
            scope,
            rate,
            quota_tokens,
        } => {
            let ask = CreateToken {
                label,
                days,
                scopes: scope,
                rate_per_minute: rate,
                quota_tokens_per_day: quota_tokens,
            };
            create(ask, scene).await
        }
        TokenVerb::List => list(scene).await,
        TokenVerb::Revoke { token } => revoke(&token, scene).await,
    }
}

async fn create(ask: CreateToken, scene: &Scene) -> Result<(), Failure> {
    let made = with_any(scene, async |link| link.ask(ask).await).await?;
    // Only the secret goes to standard output: `TOKEN=$(hai-net token create --label x)`.
    scene
        .screen
        .remark("Keep this token: it is shown only now.");
    scene.screen.show(&made, || made.token.clone())
}

async fn list(scene: &Scene) -> Result<(), Failure> {
    let list = with_any(scene, async |link| link.ask(ListTokens {}).await).await?;
    scene.screen.show(&list, || words(&list, scene))
}

fn words(list: &TokenList, scene: &Scene) -> String {
    if list.tokens.is_empty() {
        return "There are no tokens. Make one: hai-net token create --label TEXT".to_owned();
    }
    let mut table = scene
        .screen
        .table(&["ID", "LABEL", "MADE", "LAST USED", "STATE", "MAY"]);
    for token in &list.tokens {
        table.add_row([
            short_id(&token.id),
            short(&token.label, LABEL_SHOWN),
            when::minute(token.created),
            token
                .last_used
                .map_or_else(|| "never".to_owned(), when::minute),
            state(token),
            may(token),
        ]);
    }
    text_of(&table)
}

fn state(token: &TokenView) -> String {
    match (token.revoked, token.expires) {
        (Some(at), _) => format!("revoked {}", when::minute(at)),
        (None, Some(end)) => format!("until {}", when::minute(end)),
        (None, None) => "valid".to_owned(),
    }
}

/// What a token may be used for, and how much it may have.
fn may(token: &TokenView) -> String {
    let mut words: Vec<String> = match token.scopes.as_slice() {
        all if all == Scope::ALL => vec!["everything".to_owned()],
        some => some.iter().map(ToString::to_string).collect(),
    };
    words.extend(token.rate_per_minute.map(|rate| format!("{rate}/min")));
    let quota = token.quota_tokens_per_day;
    words.extend(quota.map(|quota| format!("{quota} tokens/day")));
    words.join(", ")
}

async fn revoke(named: &str, scene: &Scene) -> Result<(), Failure> {
    let token = with_any(scene, async |link| {
        let token = pick::token(link, named).await?;
        link.ask(RevokeToken { token }).await?;
        Ok(token)
    })
    .await?;
    let view = serde_json::json!({ "revoked": token });
    scene
        .screen
        .show(&view, || format!("Revoked {}.", short_id(&token)))
}
