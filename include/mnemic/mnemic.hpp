// SPDX-License-Identifier: Apache-2.0
// mnemic: memory for agents, in one file. Everything public, in reading order.
#pragma once

#include <mnemic/version.hpp>

#include <mnemic/status.hpp>
#include <mnemic/types.hpp>
#include <mnemic/json.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/clock.hpp>
#include <mnemic/models.hpp>
#include <mnemic/options.hpp>
#include <mnemic/batch.hpp>
#include <mnemic/recall.hpp>
#include <mnemic/recall/explanation.hpp>
#include <mnemic/scope.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/layers/episodes.hpp>
#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/skills.hpp>
#include <mnemic/lifecycle/jobs.hpp>
#include <mnemic/store.hpp>
