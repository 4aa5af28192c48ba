// The processes of one job, over the key-value store of c10d: they hand each other bytes and notice
// when one of them is gone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/dist/rank_environment.h"

namespace saccade {

class RankStore;

class RankGroup {
 public:
  // Without an environment this process is alone: rank 0 of 1, and nothing is connected. Else meets
  // the others at MASTER_ADDR:MASTER_PORT. Throws Error that names the address and the ranks that did
  // not arrive within SACCADE_DIST_TIMEOUT seconds (default 300).
  explicit RankGroup(const std::optional<RankEnvironment>& environment);
  ~RankGroup();
  RankGroup(const RankGroup&) = delete;
  RankGroup& operator=(const RankGroup&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }
  // The store they meet in, for what else they do together; null when alone.
  const std::shared_ptr<RankStore>& store() const { return store_; }

  // Every rank calls it with the same name, each name once; returns what all gave, by rank.
  // Throws Error when a rank has failed (with its message) or has not been heard of for the time-out.
  std::vector<std::string> all_gather(const std::string& name, const std::string& bytes);
  // The same, but only rank 0 gets the bytes; the others go on at once.
  std::vector<std::string> gather(const std::string& name, const std::string& bytes);

  // Tells the others why this rank gives up; they throw it from their next gather.
  void fail(const std::string& message) noexcept;
  // Waits until all have called it: rank 0 may not leave first, the store may be in its process.
  void finish();

 private:
  void put(const std::string& name, std::string_view bytes);
  std::string wait_for(const std::string& name, int rank);
  std::vector<std::string> exchange(const std::string& name, const std::string& bytes,
                                    bool receives);

  int rank_ = 0;
  int size_ = 1;
  std::shared_ptr<RankStore> store_;  // null when alone
};

}  // namespace saccade
