// The key-value store of the processes of one job, over c10d's TCPStore.
#include "saccade/dist/rank_store.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <cstdlib>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kHeartbeat{1};
constexpr seconds kSilence{3};  // a rank that misses three beats is called silent
constexpr milliseconds kPoll{100};

seconds timeout_of_environment() {
  const char* text = std::getenv("SACCADE_DIST_TIMEOUT");
  if (text == nullptr) return seconds(300);
  const auto value = parse_number<int>(text);
  if (!value || *value < 1)
    throw UsageError(
        text_of("SACCADE_DIST_TIMEOUT=", text, ": expected seconds, a whole number from 1"));
  return seconds(*value);
}

std::string key_of(const char* name, int rank) { return text_of(name, "/", rank); }

c10::intrusive_ptr<c10d::Store> connect(const RankEnvironment& environment, seconds timeout) {
  const bool serves = environment.rank == 0 && !environment.agent_serves_store;
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(environment.master_port);
  options.isServer = serves;
  options.numWorkers = environment.world_size;
  options.waitWorkers = false;  // who is missing is told by name instead
  options.timeout = timeout;
  try {
    auto store = c10::make_intrusive<c10d::TCPStore>(environment.master_addr, options);
    return c10::make_intrusive<c10d::PrefixStore>("saccade/" + environment.restart_count, store);
  } catch (const std::exception& error) {
    const std::string place = text_of(environment.master_addr, ":", environment.master_port);
    throw Error(serves ? text_of("rank 0 cannot listen at ", place, " (", first_line(error.what()),
                                 "); choose another MASTER_PORT")
                       : text_of("rank ", environment.rank, " of ", environment.world_size,
                                 " cannot reach rank 0 at ", place, " within ", timeout.count(),
                                 " s (", first_line(error.what()), ")"));
  }
}

}  // namespace

RankStore::RankStore(const RankEnvironment& environment)
    : environment_(environment),
      timeout_(timeout_of_environment()),
      store_(connect(environment, timeout_)) {
  publish();  // at once: one that dies soon has arrived all the same
  heart_ = std::jthread([this] { beat(); });
}

RankStore::~RankStore() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
}

void RankStore::beat() {
  for (bool alive = true; alive;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, kHeartbeat, [this] { return stop_; })) return;
    }
    alive = publish();
  }
}

// False when the store is gone: whoever needs it next says so.
bool RankStore::publish() {
  std::string latest;
  {
    const std::lock_guard lock(mutex_);
    if (operations_ > 0) latest = text_of(operations_, " ", operation_);
  }
  try {
    if (!latest.empty()) set(key_of("at", environment_.rank), latest);
    store_->add(key_of("alive", environment_.rank), 1);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void RankStore::set(const std::string& key, std::string_view bytes) {
  store_->set(key, std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

std::string RankStore::get(const std::string& key) {
  const std::vector<std::uint8_t> bytes = store_->get(key);
  return {bytes.begin(), bytes.end()};
}

bool RankStore::has(const std::string& key) { return store_->check({key}); }

c10::intrusive_ptr<c10d::Store> RankStore::connect_again() { return store_->clone(); }

std::optional<std::string> RankStore::failure_of(int rank) {
  const std::string key = key_of("failed", rank);
  if (!has(key)) return std::nullopt;
  return get(key);
}

void RankStore::set_failure(const std::string& message) {
  set(key_of("failed", environment_.rank), message);
}

std::int64_t RankStore::beats_of(int rank) { return store_->add(key_of("alive", rank), 0); }

void RankStore::begin(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  ++operations_;
  operation_ = operation;
}

std::string RankStore::find_culprit() {
  const int size = environment_.world_size;
  std::vector<std::int64_t> beats;
  for (int rank = 0; rank < size; ++rank) beats.push_back(beats_of(rank));
  const auto end = std::chrono::steady_clock::now() + kSilence;
  while (std::chrono::steady_clock::now() < end) {
    for (int rank = 0; rank < size; ++rank) {
      if (rank == environment_.rank) continue;
      if (const auto reason = failure_of(rank)) return text_of("rank ", rank, " failed: ", *reason);
    }
    std::this_thread::sleep_for(kPoll);
  }
  for (int rank = 0; rank < size; ++rank) {
    if (rank != environment_.rank && beats_of(rank) == beats[rank])
      return text_of("rank ", rank, " of ", size, " has not been heard of for ", kSilence.count(),
                     " s");
  }
  return find_one_behind();
}

std::string RankStore::find_one_behind() {
  for (int rank = 0; rank < environment_.world_size; ++rank) {
    const std::string key = key_of("at", rank);
    const std::string at = has(key) ? get(key) : "0 its start";
    if (std::strtoll(at.c_str(), nullptr, 10) < operations_)
      return text_of("rank ", rank, " of ", environment_.world_size,
                     " lives but has not come this far (it was last at ",
                     at.substr(at.find(' ') + 1), ")");
  }
  return "";
}

}  // namespace saccade
