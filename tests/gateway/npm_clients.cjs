// Drives a running HAI-Net gateway with the clients of the npm registry that most JavaScript programs use:
// `openai`, `@anthropic-ai/sdk` and `ollama`.
//
//     NODE_PATH=…/node_modules node npm_clients.cjs http://127.0.0.1:8080 hai_sk_…
//
// Prints one JSON line per check and ends with 1 when one failed. Nothing here depends on what the model
// says: it may be the smallest one.

const assert = require("node:assert/strict");
const OpenAI = require("openai").default ?? require("openai");
const Anthropic = require("@anthropic-ai/sdk").default ?? require("@anthropic-ai/sdk");
const { Ollama } = require("ollama");

const [base, token] = process.argv.slice(2);

const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: token, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: base, apiKey: token, maxRetries: 0 });
const ollama = new Ollama({ host: base, headers: { Authorization: `Bearer ${token}` } });

const MODEL = "gpt-4";
const WEATHER = {
  type: "object",
  properties: {
    city: { type: "string", minLength: 1, maxLength: 20 },
    unit: { enum: ["celsius", "fahrenheit"] },
  },
  required: ["city", "unit"],
  additionalProperties: false,
};

const say = (content) => [{ role: "user", content }];

/** Whether a value follows `WEATHER`. */
function isWeather(value) {
  assert.deepEqual(Object.keys(value).sort(), ["city", "unit"]);
  assert.equal(typeof value.city, "string");
  assert.ok(value.city.length >= 1 && [...value.city].length <= 20, JSON.stringify(value));
  assert.ok(WEATHER.properties.unit.enum.includes(value.unit), JSON.stringify(value));
}

/** An answer must begin at once after a client went away: nothing of it holds a place any longer. */
async function isFreeAgain() {
  const begun = performance.now();
  await openai.chat.completions.create({ model: MODEL, messages: say("Hi."), max_tokens: 1 });
  const took = performance.now() - begun;
  assert.ok(took < 10_000, `the next answer took ${took} ms`);
}

const checks = {
  async openai_models() {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    assert.ok(ids.includes(MODEL), ids.join());
    assert.equal((await openai.models.retrieve(MODEL)).id, MODEL);
  },

  async openai_chat() {
    const answer = await openai.chat.completions.create({
      model: MODEL,
      messages: say("Say hello."),
      max_tokens: 16,
    });
    assert.ok(answer.choices[0].message.content);
    assert.ok(answer.usage.completion_tokens > 0);
  },

  async openai_stream() {
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: say("Tell a story."),
      max_tokens: 24,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      usage = chunk.usage ?? usage;
    }
    assert.ok(text.length > 0);
    assert.ok(usage.completion_tokens > 0);
  },

  async openai_tools() {
    const tools = [{ type: "function", function: { name: "weather", parameters: WEATHER } }];
    const common = { model: MODEL, messages: say("Weather?"), tools, tool_choice: "required" };
    const whole = await openai.chat.completions.create(common);
    assert.equal(whole.choices[0].finish_reason, "tool_calls");
    const call = whole.choices[0].message.tool_calls[0];
    isWeather(JSON.parse(call.function.arguments));
    const after = await openai.chat.completions.create({
      model: MODEL,
      tools,
      max_tokens: 16,
      messages: [
        ...say("Weather?"),
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: call.id, content: "dry" },
      ],
    });
    assert.ok(after.choices[0].finish_reason);
    const runner = openai.chat.completions.stream(common);
    const final = await runner.finalChatCompletion();
    isWeather(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments));
  },

  async openai_schema() {
    const answer = await openai.chat.completions.create({
      model: MODEL,
      messages: say("The weather as JSON."),
      response_format: {
        type: "json_schema",
        json_schema: { name: "weather", strict: true, schema: WEATHER },
      },
    });
    isWeather(JSON.parse(answer.choices[0].message.content));
  },

  async openai_embeddings() {
    // This client asks for base64 by itself and decodes it.
    const made = await openai.embeddings.create({ model: MODEL, input: ["a cat", "a dog"] });
    assert.equal(made.data.length, 2);
    const length = Math.hypot(...made.data[0].embedding);
    assert.ok(Math.abs(length - 1) < 1e-3, `a vector of length ${length}`);
  },

  async openai_responses() {
    const first = await openai.responses.create({
      model: MODEL,
      input: "My name is Ada.",
      max_output_tokens: 16,
    });
    assert.ok(first.output_text.length > 0);
    const second = await openai.responses.create({
      model: MODEL,
      input: "And now?",
      previous_response_id: first.id,
      max_output_tokens: 16,
    });
    assert.equal(second.previous_response_id, first.id);
    assert.ok(second.usage.input_tokens > first.usage.input_tokens);
    const kinds = [];
    const stream = await openai.responses.create({
      model: MODEL,
      input: "Go on.",
      previous_response_id: second.id,
      max_output_tokens: 16,
      stream: true,
    });
    for await (const event of stream) kinds.push(event.type);
    assert.equal(kinds[0], "response.created");
    assert.ok(kinds.includes("response.output_text.delta"), kinds.join());
  },

  async openai_errors() {
    const ask = (client, more) =>
      client.chat.completions.create({ model: MODEL, messages: say("Hi."), ...more });
    const stranger = openai.withOptions({ apiKey: "hai_sk_wrong" });
    await assert.rejects(ask(stranger, {}), OpenAI.AuthenticationError);
    await assert.rejects(ask(openai, { model: "nobody" }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, "model_not_found");
      return true;
    });
    await assert.rejects(ask(openai, { temperature: 9 }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, "temperature");
      return true;
    });
    const long = ask(openai, { messages: say("word ".repeat(20_000)) });
    await assert.rejects(long, (error) => error.code === "context_length_exceeded");
  },

  async openai_abort() {
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: say("Tell a very long story."),
      max_tokens: 2_000,
      stream: true,
    });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content) break;
    }
    stream.controller.abort();
    await isFreeAgain();
    const control = new AbortController();
    setTimeout(() => control.abort(), 60);
    const whole = openai.chat.completions.create(
      { model: MODEL, messages: say("Tell a very long story."), max_tokens: 2_000 },
      { signal: control.signal },
    );
    await assert.rejects(whole, OpenAI.APIUserAbortError);
    await isFreeAgain();
  },

  async anthropic_chat_and_stream() {
    const common = { model: MODEL, max_tokens: 24, messages: say("Say hello.") };
    const whole = await anthropic.messages.create(common);
    assert.equal(whole.content[0].type, "text");
    assert.ok(whole.usage.output_tokens > 0);
    const stream = anthropic.messages.stream(common);
    const final = await stream.finalMessage();
    assert.ok(final.content[0].text.length > 0);
    const counted = await anthropic.messages.countTokens({ model: MODEL, messages: say("Hi.") });
    assert.ok(counted.input_tokens > 0);
  },

  async anthropic_tools() {
    const tools = [{ name: "weather", description: "The weather.", input_schema: WEATHER }];
    const common = {
      model: MODEL,
      max_tokens: 400,
      messages: say("Weather?"),
      tools,
      // A small model may go on calling until its tokens are used up.
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    };
    for (const answer of [
      await anthropic.messages.create(common),
      await anthropic.messages.stream(common).finalMessage(),
    ]) {
      assert.equal(answer.stop_reason, "tool_use");
      const call = answer.content.find((block) => block.type === "tool_use");
      isWeather(call.input);
      const after = await anthropic.messages.create({
        model: MODEL,
        max_tokens: 16,
        tools,
        messages: [
          ...say("Weather?"),
          { role: "assistant", content: answer.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "dry" }] },
        ],
      });
      assert.ok(after.stop_reason);
    }
  },

  async anthropic_errors_and_abort() {
    const common = { model: MODEL, max_tokens: 16, messages: say("Hi.") };
    const stranger = new Anthropic({ baseURL: base, apiKey: "hai_sk_wrong", maxRetries: 0 });
    await assert.rejects(stranger.messages.create(common), Anthropic.AuthenticationError);
    const nobody = anthropic.messages.create({ ...common, model: "nobody" });
    await assert.rejects(nobody, Anthropic.NotFoundError);
    const hot = anthropic.messages.create({ ...common, temperature: 5 });
    await assert.rejects(hot, Anthropic.BadRequestError);
    const stream = anthropic.messages.stream({
      ...common,
      max_tokens: 2_000,
      messages: say("Tell a very long story."),
    });
    stream.on("text", () => stream.abort());
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await isFreeAgain();
  },

  async ollama_chat_and_stream() {
    const { models } = await ollama.list();
    const model = models[0].model;
    const common = { model, messages: say("Say hello."), options: { num_predict: 16 } };
    const whole = await ollama.chat(common);
    assert.ok(whole.message.content.length > 0 && whole.done);
    let text = "";
    for await (const part of await ollama.chat({ ...common, stream: true })) {
      text += part.message.content;
    }
    assert.ok(text.length > 0);
    const shaped = await ollama.chat({ ...common, format: WEATHER, options: { num_predict: 400 } });
    isWeather(JSON.parse(shaped.message.content));
    const { embeddings } = await ollama.embed({ model, input: ["a", "b"] });
    assert.equal(embeddings.length, 2);
  },

  async ollama_errors_and_abort() {
    const { models } = await ollama.list();
    const model = models[0].model;
    await assert.rejects(ollama.chat({ model: "nobody", messages: say("Hi.") }), /nobody|model/);
    const stream = await ollama.chat({
      model,
      messages: say("Tell a very long story."),
      options: { num_predict: 2_000 },
      stream: true,
    });
    const read = async () => {
      for await (const part of stream) {
        if (part.message.content) stream.abort();
      }
    };
    await assert.rejects(read(), (error) => error.name === "AbortError");
    await isFreeAgain();
  },
};

async function run() {
  let failed = 0;
  for (const [check, work] of Object.entries(checks)) {
    const begun = performance.now();
    const line = { check, ok: true };
    try {
      await work();
    } catch (error) {
      failed += 1;
      line.ok = false;
      line.error = String(error?.stack ?? error).slice(0, 1_000);
    }
    line.seconds = Math.round(performance.now() - begun) / 1_000;
    console.log(JSON.stringify(line));
  }
  return failed === 0 ? 0 : 1;
}

run().then((code) => process.exit(code));
