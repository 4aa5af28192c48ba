// The processes of one job over the key-value store of c10d.
#include "saccade/dist/rank_group.h"

#include <chrono>
#include <thread>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/dist/rank_store.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kChunkBytes = std::size_t{4} << 20;  // the store refuses values above 8 MB
constexpr milliseconds kPoll{50};
constexpr milliseconds kFarewell{500};  // rank 0 serves the store: the others must read why it goes

std::string key_of(const std::string& name, int rank) { return text_of(name, "/", rank); }

}  // namespace

RankGroup::RankGroup(const std::optional<RankEnvironment>& environment) {
  if (!environment) return;
  rank_ = environment->rank;
  size_ = environment->world_size;
  store_ = std::make_shared<RankStore>(*environment);
  all_gather("arrived", "");
}

RankGroup::~RankGroup() = default;

std::string RankGroup::wait_for(const std::string& name, int rank) {
  const std::string key = key_of(name, rank);
  std::int64_t last_beat = -1;
  Clock::time_point heard = Clock::now();
  while (!store_->has(key)) {
    if (const auto reason = store_->failure_of(rank))
      throw Error(text_of("rank ", rank, " failed: ", *reason));
    const std::int64_t beat = store_->beats_of(rank);
    if (beat != last_beat) heard = Clock::now();
    last_beat = beat;
    if (Clock::now() - heard > store_->timeout()) {
      const RankEnvironment& own = store_->environment();
      const std::string place = text_of(" at ", own.master_addr, ":", own.master_port);
      throw Error(text_of(
          "rank ", rank, " of ", size_,
          beat == 0 ? " did not arrive" + place + " within " : " has not been heard of for ",
          store_->timeout().count(), " s"));
    }
    std::this_thread::sleep_for(kPoll);
  }
  const int chunks = std::stoi(store_->get(key));
  std::string bytes;
  for (int i = 0; i < chunks; ++i) bytes += store_->get(text_of(key, "/", i));
  return bytes;
}

void RankGroup::put(const std::string& name, std::string_view bytes) {
  const std::string key = key_of(name, rank_);
  const std::size_t chunks = (bytes.size() + kChunkBytes - 1) / kChunkBytes;
  for (std::size_t i = 0; i < chunks; ++i)
    store_->set(text_of(key, "/", i), bytes.substr(i * kChunkBytes, kChunkBytes));
  store_->set(key, std::to_string(chunks));  // last: whoever sees it finds the rest
}

std::vector<std::string> RankGroup::exchange(const std::string& name, const std::string& bytes,
                                             bool receives) {
  if (!store_) return {bytes};
  try {
    put(name, bytes);
    std::vector<std::string> all;
    for (int rank = 0; receives && rank < size_; ++rank)
      all.push_back(rank == rank_ ? bytes : wait_for(name, rank));
    return all;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(text_of("rank ", rank_, " of ", size_, " lost the others at '", name, "' (",
                        first_line(error.what()), ")"));
  }
}

std::vector<std::string> RankGroup::all_gather(const std::string& name, const std::string& bytes) {
  return exchange(name, bytes, true);
}

std::vector<std::string> RankGroup::gather(const std::string& name, const std::string& bytes) {
  return exchange(name, bytes, is_first());
}

void RankGroup::fail(const std::string& message) noexcept {
  if (!store_) return;
  try {
    store_->set_failure(message);
    if (is_first()) std::this_thread::sleep_for(kFarewell);
  } catch (const std::exception&) {
    // The store is gone as well; the others notice by themselves.
  }
}

void RankGroup::finish() {
  gather("finished", "");
  if (store_ && is_first()) std::this_thread::sleep_for(kPoll);
}

}  // namespace saccade
