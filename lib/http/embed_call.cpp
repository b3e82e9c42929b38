// SPDX-License-Identifier: Apache-2.0
#include "http/embed_call.hpp"
#include "http/backoff.hpp"
#include "http/embeddings_reply.hpp"
#include "http/option_checks.hpp"
#include "http/text.hpp"
#include "http/transport.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stop_token>
#include <thread>
#include <utility>

namespace mnemic::http {
namespace {

using std::chrono::milliseconds;
using Why = EndpointPool::Choice::Why;

/// "The model cannot be asked now": perhaps another endpoint can be, or this one later.
bool may_pass(const Status& status) {
  return status.code() == StatusCode::kBusy || status.code() == StatusCode::kIo;
}

/// Gives a lease back, come what may.
class Returned {
 public:
  Returned(EndpointPool& pool, const EndpointPool::Lease& lease) : pool_(pool), lease_(lease) {}
  ~Returned() { pool_.done(lease_, how, std::chrono::steady_clock::now(), quiet); }
  Returned(const Returned&) = delete;
  Returned& operator=(const Returned&) = delete;
  Returned(Returned&&) = delete;
  Returned& operator=(Returned&&) = delete;

  EndpointPool::Ended how = EndpointPool::Ended::kFailed;
  milliseconds quiet{0};

 private:
  EndpointPool& pool_;
  const EndpointPool::Lease& lease_;
};

EndpointPool::Ended how_ended(const Status& status) {
  if (status.ok()) return EndpointPool::Ended::kVectors;
  return may_pass(status) ? EndpointPool::Ended::kFailed : EndpointPool::Ended::kRefused;
}

}  // namespace

HttpEmbedderImpl::HttpEmbedderImpl(HttpEmbedderOptions given, std::vector<Endpoint> checked, EmbeddingSpace described)
    : options(std::move(given)),
      endpoints(std::move(checked)),
      space(std::move(described)),
      pool(endpoints.size(), {options.rest_after, options.rest_base, options.rest_max}) {}

EmbedCall::EmbedCall(HttpEmbedderImpl& embedder, EmbedKind kind)
    : embedder_(embedder),
      options_(embedder.options),
      prefix_(kind == EmbedKind::kQuery ? options_.query_prefix : options_.passage_prefix),
      deadline_(SteadyClock::now() + options_.timeout) {}

Status EmbedCall::run(std::span<const std::string_view> texts, std::span<float> out) {
  if (Status status = check(texts, out); !status.ok()) return status;
  std::vector<std::size_t> batch;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) {
      std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(i * options_.dimension), options_.dimension, 0.0F);
      continue;
    }
    const std::size_t size = prefix_.size() + texts[i].size();
    if (!batch.empty() && (batch.size() == options_.max_request_texts || bytes + size > options_.max_request_bytes)) {
      if (Status status = embed_batch(texts, batch, out); !status.ok()) return status;
      batch.clear();
      bytes = 0;
    }
    batch.push_back(i);
    bytes += size;
  }
  return batch.empty() ? Status() : embed_batch(texts, batch, out);
}

Status EmbedCall::check(std::span<const std::string_view> texts, std::span<float> out) const {
  if (out.size() != texts.size() * options_.dimension) {
    return refuse("out", std::to_string(out.size()) + " numbers for " + std::to_string(texts.size()) +
                             " texts of dimension " + std::to_string(options_.dimension));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!is_valid_utf8(texts[i])) return refuse("texts[" + std::to_string(i) + "]", "broken UTF-8");
  }
  return {};
}

Status EmbedCall::embed_batch(std::span<const std::string_view> texts, std::span<const std::size_t> batch,
                              std::span<float> out) {
  const std::size_t dimension = options_.dimension;
  std::vector<float> rows(batch.size() * dimension);
  if (Status status = send(request_body(texts, batch), rows); !status.ok()) return status;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * dimension), dimension,
                out.begin() + static_cast<std::ptrdiff_t>(batch[i] * dimension));
  }
  return {};
}

std::string EmbedCall::request_body(std::span<const std::string_view> texts, std::span<const std::size_t> batch) const {
  using Tree = nlohmann::ordered_json;
  Tree request = Tree::object();
  request["model"] = options_.model;
  request["input"] = Tree::array();
  for (const std::size_t i : batch) request["input"].push_back(prefix_ + std::string(texts[i]));
  request["encoding_format"] = "float";
  if (options_.send_dimension) request["dimensions"] = options_.dimension;
  return request.dump();
}

Status EmbedCall::send(const std::string& body, std::span<float> rows) {
  EndpointPool::Tried tried(embedder_.endpoints.size());
  Status last;
  std::size_t requests = 0;
  std::size_t rounds = 0;
  for (;;) {
    const auto now = SteadyClock::now();
    if (now >= deadline_) return give_up(last, requests, "no time is left of timeout");
    const EndpointPool::Choice choice = embedder_.pool.pick(now, tried);
    if (choice.lease) {
      if (++requests > 1) embedder_.retries.fetch_add(1, std::memory_order_relaxed);
      last = ask(*choice.lease, body, rows);
      if (!may_pass(last)) return last;
      if (requests > options_.retries) return give_up(last, requests, "");
      tried[choice.lease->endpoint] = true;
      continue;
    }
    if (choice.why == Why::kRest) {
      const auto left = std::chrono::ceil<milliseconds>(choice.ready_at - now);
      return give_up(last, requests,
                     "every endpoint rests after failures, for " + std::to_string(left.count()) + " ms");
    }
    if (choice.why == Why::kTried) ++rounds;
    const auto until = next_try(choice, now, rounds);
    if (until >= deadline_) return give_up(last, requests, "every server wants no requests for longer than timeout");
    std::this_thread::sleep_until(until);
    tried.assign(tried.size(), false);
  }
}

Status EmbedCall::ask(const EndpointPool::Lease& lease, const std::string& body, std::span<float> rows) {
  Returned returned(embedder_.pool, lease);
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - lease.since);
  const Post request{
      .endpoint = embedder_.endpoints[lease.endpoint],
      .body = body,
      .accept = "application/json",
      .secret = options_.api_key,
      .ca_file = options_.ca_file,
      .connect_timeout = options_.connect_timeout,
      .stall_timeout = options_.stall_timeout,
      .timeout = std::min(options_.request_timeout, left),
  };
  std::string reply;
  bool too_long = false;
  const auto take = [&](std::string_view bytes) {
    too_long = bytes.size() > options_.max_reply_bytes - reply.size();
    if (!too_long) reply.append(bytes);
    return !too_long;
  };
  const Result<Answer> answer = post(request, take, std::stop_token());
  auto status = [&]() -> Status {
    if (!answer) return answer.status();
    if (answer->status >= 300) return status_of(*answer, request);
    Status read = too_long ? Status(StatusCode::kResourceExhausted, "the reply is longer than max_reply_bytes, " +
                                                                        std::to_string(options_.max_reply_bytes))
                           : read_embeddings(reply, options_.dimension, options_.api_key, rows);
    if (read.ok()) return read;
    return Status(read.code(), request.endpoint.authority + ": " + read.message(), answer->status);
  }();
  returned.how = how_ended(status);
  if (answer) returned.quiet = retry_after(answer->retry_after, options_.clock->now()).value_or(milliseconds(0));
  return status;
}

EmbedCall::SteadyClock::time_point EmbedCall::next_try(const EndpointPool::Choice& choice, SteadyClock::time_point now,
                                                       std::size_t rounds) {
  // The first moment after a quiet is everybody's, too: chance spreads the callers.
  if (choice.why == Why::kQuiet) return choice.ready_at + jittered(options_.backoff_base, *options_.random);
  return now + jittered(doubled(options_.backoff_base, rounds, options_.backoff_max), *options_.random);
}

Status EmbedCall::give_up(const Status& last, std::size_t requests, std::string_view why) const {
  if (last.ok()) return Status(StatusCode::kBusy, std::string(why) + "; nothing was sent");
  if (requests == 1) return last;
  return Status(last.code(), last.message() + " (request " + std::to_string(requests) + ")", last.extended_code());
}

}  // namespace mnemic::http
