// SPDX-License-Identifier: Apache-2.0
// What a handler holds while it does a job, and what the library's own kinds are.
#pragma once

#include "engine/prepare.hpp"
#include "engine/scope_impl.hpp"

#include <mnemic/lifecycle/jobs.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

struct JobContext::Impl {
  StoreImpl& store;
  const Job& job;
  const std::string& owner;  // of the lease
  Scope scope;
  std::size_t memory_bytes;
  Timestamp deadline;
  Batch batch = {};
  std::vector<JobInput> jobs = {};
  std::vector<std::vector<engine::SpacedVector>> vectors = {};  // of the library's own kinds: those of each update of the batch
  std::vector<std::function<void(storage::Writer&)>> writes = {};  // of the library's own kinds
};

namespace engine {

/// How often a job may break its memory cap and be tried again with half of it.
inline constexpr std::uint32_t kEscalations = 4;

/// Checks a job and makes it as it is stored; its namespace is normalised.
Job make_job(const StoreImpl& store, const JobInput& input);
/// Stores one that another change brings with it.
void enqueue(const StoreImpl& store, storage::Writer& writer, const JobInput& input);

/// Kinds `embed.<space>`: vectors for memories that have none in the space of this number.
inline constexpr std::string_view kEmbedKinds = "embed.";
std::string embed_kind(storage::SpaceId space);
/// The setting that says up to which change memories were looked at.
std::string embedded_setting(storage::SpaceId space);
/// Enqueues a job for each namespace that has such memories among the changes nobody has looked at yet.
void enqueue_embedding(StoreImpl& store, storage::SpaceId space);
/// Lets recall go by the space that a move is to, if nothing is missing in it.
void end_move_when_complete(StoreImpl& store);
/// One chunk of one namespace, the newest first; the rest becomes another job.
Status embed_chunk(StoreImpl& store, const Job& job, JobContext::Impl& context);

/// Kind `seal`: sealed chunks of partitions that have grown, or of which half has ended.
inline constexpr std::string_view kSealKind = "seal";
/// A chunk of a run of changes, in the place of one that an erasure removed.
JobInput refill_input(const Namespace& name, const storage::ChunkRow& removed);
/// Enqueues a job for each such chunk, once enough has changed since somebody looked.
void enqueue_sealing(StoreImpl& store);
/// One chunk; what is left becomes another job.
Status seal_chunk(StoreImpl& store, const Job& job, JobContext::Impl& context);

/// Kind `purge`: what an erasure leaves in unused parts of the file (erase.cpp).
inline constexpr std::string_view kPurgeKind = "purge";
JobInput purge_input(const Namespace& name, Seq erasure);
Status purge_file(StoreImpl& store, const Job& job, JobContext::Impl& context);

/// Kind `retain`: what is due to be erased by itself (retention.cpp).
inline constexpr std::string_view kRetainKind = "retain";
void enqueue_retention(StoreImpl& store);
Status retain(StoreImpl& store, const Job& job, JobContext::Impl& context);

}  // namespace engine
}  // namespace mnemic
