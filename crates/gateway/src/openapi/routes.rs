//! The routes as utoipa describes them: which shapes each takes and gives.
//!
//! The functions are never called; `#[utoipa::path]` makes a description of each.

use utoipa::OpenApi;

use super::{anthropic, ollama, openai};

/// The whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "HAI-Net",
        description = "The APIs of OpenAI, Anthropic and Ollama, answered by models on this device. \
                       Every route below `/v1` stands below `/v1/openai-compat` and \
                       `/v1/openai-compat/v1` too."
    ),
    paths(
        list_models,
        show_model,
        chat,
        complete,
        embed,
        respond,
        show_response,
        delete_response,
        cancel_response,
        tokenize,
        moderations,
        rerank,
        create_message,
        count_tokens,
        ollama_version,
        ollama_tags,
        ollama_ps,
        ollama_show,
        ollama_chat,
        ollama_generate,
        ollama_embed,
        ollama_embed_one,
        transcribe,
        translate,
        speak,
    ),
    security(("bearer" = []), ("x_api_key" = []))
)]
pub(super) struct Routes;

/// Lists the models.
#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "OpenAI",
    responses(
        (status = 200, description = "Done.", body = openai::ModelList),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn list_models() {}

/// Shows a model.
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    tag = "OpenAI",
    params(("id" = String, Path, description = "The name of the model.")),
    responses(
        (status = 200, description = "Done.", body = openai::ModelRow),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn show_model() {}

/// Answers a conversation; with tools, too.
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "OpenAI",
    request_body = openai::ChatRequest,
    responses(
        (status = 200, description = "Done.", content(
            (openai::ChatCompletion = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn chat() {}

/// Goes on with a text, without a chat template.
#[utoipa::path(
    post,
    path = "/v1/completions",
    tag = "OpenAI",
    request_body = openai::CompletionRequest,
    responses(
        (status = 200, description = "Done.", content(
            (openai::Completion = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn complete() {}

/// Turns texts into vectors of length 1.
#[utoipa::path(
    post,
    path = "/v1/embeddings",
    tag = "OpenAI",
    request_body = openai::EmbeddingRequest,
    responses(
        (status = 200, description = "Done.", body = openai::EmbeddingList),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn embed() {}

/// Answers, and keeps the answer so that a later one can go on from it.
#[utoipa::path(
    post,
    path = "/v1/responses",
    tag = "OpenAI",
    request_body = openai::ResponseRequest,
    responses(
        (status = 200, description = "Done.", content(
            (openai::ResponseObject = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn respond() {}

/// Shows a response of this token.
#[utoipa::path(
    get,
    path = "/v1/responses/{id}",
    tag = "OpenAI",
    params(("id" = String, Path, description = "The name of the response.")),
    responses(
        (status = 200, description = "Done.", body = openai::ResponseObject),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn show_response() {}

/// Deletes a response of this token.
#[utoipa::path(
    delete,
    path = "/v1/responses/{id}",
    tag = "OpenAI",
    params(("id" = String, Path, description = "The name of the response.")),
    responses(
        (status = 200, description = "Done.", body = openai::ResponseDeleted),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn delete_response() {}

/// Stops a response that is written in the background.
#[utoipa::path(
    post,
    path = "/v1/responses/{id}/cancel",
    tag = "OpenAI",
    params(("id" = String, Path, description = "The name of the response.")),
    responses(
        (status = 200, description = "Done.", body = openai::ResponseObject),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn cancel_response() {}

/// Shows the tokens of a text.
#[utoipa::path(
    post,
    path = "/v1/tokenize",
    tag = "More",
    request_body = openai::TokenizeRequest,
    responses(
        (status = 200, description = "Done.", body = openai::TokenList),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn tokenize() {}

/// Finds what is private in texts; it does not judge hate, harm or violence.
#[utoipa::path(
    post,
    path = "/v1/moderations",
    tag = "More",
    request_body = openai::ModerationRequest,
    responses(
        (status = 200, description = "Done.", body = openai::Moderation),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn moderations() {}

/// Sorts documents by the cosine of embeddings; there is no cross-encoder.
#[utoipa::path(
    post,
    path = "/v1/rerank",
    tag = "More",
    request_body = openai::RerankRequest,
    responses(
        (status = 200, description = "Done.", body = openai::Ranking),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
        (status = "5XX", description = "Not now, or broken.", body = openai::ErrorObject),
    )
)]
async fn rerank() {}

/// Answers a conversation as the Anthropic API does.
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "Anthropic",
    request_body = anthropic::MessageRequest,
    responses(
        (status = 200, description = "Done.", content(
            (anthropic::Message = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = anthropic::MessageError),
        (status = "5XX", description = "Not now, or broken.", body = anthropic::MessageError),
    )
)]
async fn create_message() {}

/// Counts the tokens of a conversation.
#[utoipa::path(
    post,
    path = "/v1/messages/count_tokens",
    tag = "Anthropic",
    request_body = anthropic::MessageRequest,
    responses(
        (status = 200, description = "Done.", body = anthropic::MessageTokens),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = anthropic::MessageError),
        (status = "5XX", description = "Not now, or broken.", body = anthropic::MessageError),
    )
)]
async fn count_tokens() {}

/// Tells the version.
#[utoipa::path(
    get,
    path = "/api/version",
    tag = "Ollama",
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaVersion),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_version() {}

/// Lists the installed models.
#[utoipa::path(
    get,
    path = "/api/tags",
    tag = "Ollama",
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaModels),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_tags() {}

/// Lists the models in memory.
#[utoipa::path(
    get,
    path = "/api/ps",
    tag = "Ollama",
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaModels),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_ps() {}

/// Shows a model.
#[utoipa::path(
    post,
    path = "/api/show",
    tag = "Ollama",
    request_body = ollama::OllamaShowRequest,
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaModel),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_show() {}

/// Answers a conversation, line by line.
#[utoipa::path(
    post,
    path = "/api/chat",
    tag = "Ollama",
    request_body = ollama::OllamaChatRequest,
    responses(
        (status = 200, description = "Done.", content(
            (ollama::OllamaLine = "application/json"),
            (ollama::OllamaLine = "application/x-ndjson"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_chat() {}

/// Answers a prompt, line by line.
#[utoipa::path(
    post,
    path = "/api/generate",
    tag = "Ollama",
    request_body = ollama::OllamaGenerateRequest,
    responses(
        (status = 200, description = "Done.", content(
            (ollama::OllamaLine = "application/json"),
            (ollama::OllamaLine = "application/x-ndjson"),
        )),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_generate() {}

/// Turns texts into vectors.
#[utoipa::path(
    post,
    path = "/api/embed",
    tag = "Ollama",
    request_body = ollama::OllamaEmbedRequest,
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaVectors),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_embed() {}

/// Turns a text into a vector: the older form.
#[utoipa::path(
    post,
    path = "/api/embeddings",
    tag = "Ollama",
    request_body = ollama::OllamaEmbedOneRequest,
    responses(
        (status = 200, description = "Done.", body = ollama::OllamaVector),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = ollama::OllamaError),
        (status = "5XX", description = "Not now, or broken.", body = ollama::OllamaError),
    )
)]
async fn ollama_embed_one() {}

/// Speech is not installed in this version.
#[utoipa::path(
    post,
    path = "/v1/audio/transcriptions",
    tag = "More",
    responses(
        (status = 501, description = "`not_installed`", body = openai::ErrorObject),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
    )
)]
async fn transcribe() {}

/// Speech is not installed in this version.
#[utoipa::path(
    post,
    path = "/v1/audio/translations",
    tag = "More",
    responses(
        (status = 501, description = "`not_installed`", body = openai::ErrorObject),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
    )
)]
async fn translate() {}

/// Speech is not installed in this version.
#[utoipa::path(
    post,
    path = "/v1/audio/speech",
    tag = "More",
    responses(
        (status = 501, description = "`not_installed`", body = openai::ErrorObject),
        (status = "4XX", description = "The request is wrong, or too much is asked.", body = openai::ErrorObject),
    )
)]
async fn speak() {}
