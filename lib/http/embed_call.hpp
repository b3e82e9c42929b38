// SPDX-License-Identifier: Apache-2.0
// EmbedCall: one call of HttpEmbedder::embed. Packs texts into requests, and sends each until it is answered, cannot
// be, or time is up.
#pragma once

#include "http/endpoint.hpp"
#include "http/endpoint_pool.hpp"

#include <mnemic/http/embedder.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::http {

struct HttpEmbedderImpl {
  HttpEmbedderImpl(HttpEmbedderOptions given, std::vector<Endpoint> checked, EmbeddingSpace described);

  const HttpEmbedderOptions options;
  const std::vector<Endpoint> endpoints;
  const EmbeddingSpace space;
  EndpointPool pool;  ///< of `endpoints`, by position
  std::atomic<std::uint64_t> retries{0};
};

class EmbedCall {
 public:
  /// The deadline counts from here. `embedder` is borrowed.
  EmbedCall(HttpEmbedderImpl& embedder, EmbedKind kind);

  /// As HttpEmbedder::embed.
  Status run(std::span<const std::string_view> texts, std::span<float> out);

 private:
  using SteadyClock = std::chrono::steady_clock;

  Status check(std::span<const std::string_view> texts, std::span<float> out) const;
  /// Texts of one request into their rows.
  Status embed_batch(std::span<const std::string_view> texts, std::span<const std::size_t> batch, std::span<float> out);
  [[nodiscard]] std::string request_body(std::span<const std::string_view> texts,
                                         std::span<const std::size_t> batch) const;
  /// One request until it is answered, on whichever endpoints.
  Status send(const std::string& body, std::span<float> rows);
  /// One request, once.
  Status ask(const EndpointPool::Lease& lease, const std::string& body, std::span<float> rows);
  /// When to try again after `choice`, which is the `rounds`-th time that every endpoint had failed.
  SteadyClock::time_point next_try(const EndpointPool::Choice& choice, SteadyClock::time_point now, std::size_t rounds);
  /// No further try: the failure of the last one, or why there was none.
  [[nodiscard]] Status give_up(const Status& last, std::size_t requests, std::string_view why) const;

  HttpEmbedderImpl& embedder_;
  const HttpEmbedderOptions& options_;
  const std::string& prefix_;
  const SteadyClock::time_point deadline_;
};

}  // namespace mnemic::http
