// SPDX-License-Identifier: Apache-2.0
// Least shares: below its minimum an arm gives a memory nothing.
#pragma once

#include <algorithm>
#include <vector>

namespace mnemic::recall {

struct Minima {
  double words = 0;
  double vector = 0;
};

/// Zeroes the shares below `least`. Empties them when nothing is left: then the arm has found nothing.
inline void drop_below(std::vector<double>& shares, double least) {
  if (least == 0) return;
  bool any = false;
  for (double& share : shares) {
    if (share < least) share = 0;
    any |= share > 0;
  }
  if (!any) shares.clear();
}

}  // namespace mnemic::recall
