// The processes of one job over the key-value store of c10d.
#include "saccade/dist/rank_group.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kChunkBytes = std::size_t{4} << 20;  // the store refuses values above 8 MB
constexpr milliseconds kPoll{50};
constexpr seconds kHeartbeat{1};
constexpr milliseconds kFarewell{500};  // rank 0 serves the store: the others must read why it goes

seconds timeout_of_environment() {
  const char* text = std::getenv("SACCADE_DIST_TIMEOUT");
  if (text == nullptr) return seconds(300);
  const std::string_view view(text);
  int value = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  if (error != std::errc() || end != view.data() + view.size() || value < 1)
    throw UsageError(
        text_of("SACCADE_DIST_TIMEOUT=", view, ": expected seconds, a whole number from 1"));
  return seconds(value);
}

std::vector<std::uint8_t> to_bytes(std::string_view text) { return {text.begin(), text.end()}; }
std::string to_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

std::string first_line_of(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

std::string key_of(const std::string& name, int rank) { return text_of(name, "/", rank); }

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
    throw Error(serves ? text_of("rank 0 cannot listen at ", place, " (", first_line_of(error),
                                 "); choose another MASTER_PORT")
                       : text_of("rank ", environment.rank, " of ", environment.world_size,
                                 " cannot reach rank 0 at ", place, " within ", timeout.count(),
                                 " s (", first_line_of(error), ")"));
  }
}

}  // namespace

// The store, and a thread that tells the others that this process lives.
struct RankGroup::Connection {
  Connection(const RankEnvironment& environment, seconds wait_time)
      : timeout(wait_time), store(connect(environment, wait_time)), rank(environment.rank) {
    store->add(key_of("alive", rank), 1);  // at once: one that dies soon has arrived all the same
    heart = std::jthread([this] { beat(); });
  }
  ~Connection() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
  }

  void beat() {
    std::unique_lock lock(mutex);
    for (bool alive = true; !stop && alive;) {
      try {
        store->add(key_of("alive", rank), 1);
      } catch (const std::exception&) {
        alive = false;  // the store is gone: the next gather says so
      }
      wake.wait_for(lock, kHeartbeat, [this] { return stop; });
    }
  }

  const seconds timeout;
  const c10::intrusive_ptr<c10d::Store> store;
  const int rank;
  std::mutex mutex;
  std::condition_variable wake;
  bool stop = false;
  std::jthread heart;  // last: it ends before what it uses
};

RankGroup::RankGroup(const std::optional<RankEnvironment>& environment) {
  if (!environment) return;
  rank_ = environment->rank;
  size_ = environment->world_size;
  connection_ = std::make_unique<Connection>(*environment, timeout_of_environment());
  all_gather("arrived", "");
}

RankGroup::~RankGroup() = default;

std::string RankGroup::wait_for(const std::string& name, int rank) {
  c10d::Store& store = *connection_->store;
  const std::string key = key_of(name, rank), failed = key_of("failed", rank);
  const std::string alive = key_of("alive", rank);
  std::int64_t last_beat = -1;
  Clock::time_point heard = Clock::now();
  while (!store.check({key})) {
    if (store.check({failed}))
      throw Error(text_of("rank ", rank, " failed: ", to_text(store.get(failed))));
    const std::int64_t beat = store.add(alive, 0);
    if (beat != last_beat) heard = Clock::now();
    last_beat = beat;
    if (Clock::now() - heard > connection_->timeout) {
      throw Error(text_of("rank ", rank, " of ", size_,
                          beat == 0 ? " did not arrive within " : " has not been heard of for ",
                          connection_->timeout.count(), " s"));
    }
    std::this_thread::sleep_for(kPoll);
  }
  const int chunks = std::stoi(to_text(store.get(key)));
  std::string bytes;
  for (int i = 0; i < chunks; ++i) bytes += to_text(store.get(text_of(key, "/", i)));
  return bytes;
}

void RankGroup::put(const std::string& name, std::string_view bytes) {
  c10d::Store& store = *connection_->store;
  const std::string key = key_of(name, rank_);
  const std::size_t chunks = (bytes.size() + kChunkBytes - 1) / kChunkBytes;
  for (std::size_t i = 0; i < chunks; ++i)
    store.set(text_of(key, "/", i), to_bytes(bytes.substr(i * kChunkBytes, kChunkBytes)));
  store.set(key, to_bytes(std::to_string(chunks)));  // last: whoever sees it finds the rest
}

std::vector<std::string> RankGroup::exchange(const std::string& name, const std::string& bytes,
                                             bool receives) {
  if (!connection_) return {bytes};
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
                        first_line_of(error), ")"));
  }
}

std::vector<std::string> RankGroup::all_gather(const std::string& name, const std::string& bytes) {
  return exchange(name, bytes, true);
}

std::vector<std::string> RankGroup::gather(const std::string& name, const std::string& bytes) {
  return exchange(name, bytes, is_first());
}

void RankGroup::fail(const std::string& message) noexcept {
  if (!connection_) return;
  try {
    connection_->store->set(key_of("failed", rank_), to_bytes(message));
    if (is_first()) std::this_thread::sleep_for(kFarewell);
  } catch (const std::exception&) {
    // The store is gone as well; the others notice by themselves.
  }
}

void RankGroup::finish() {
  gather("finished", "");
  if (connection_ && is_first()) std::this_thread::sleep_for(kPoll);
}

}  // namespace saccade
