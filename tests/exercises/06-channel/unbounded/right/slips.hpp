// Shape: leaves the channel unbounded, and bounds it with slips of paper that come back from the printer.
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <utility>

namespace mine {

using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;

/// Takes `count` photos.
template <class Photo, class Camera>
Task<> photograph(Sender<Photo> photos, Receiver<int> slips, Camera& camera, int count) {
  for (int taken = 0; taken < count; ++taken) {
    co_await camera.ready();
    const auto slip = co_await slips.recv();
    if (!slip.has_value()) co_return;
    static_cast<void>(photos.try_send(camera.take()));
  }
}

/// Prints all there is.
template <class Photo, class Printer>
Task<> print(Receiver<Photo> photos, Sender<int> slips, Printer& printer) {
  for (int slip = 0; slip < 6; ++slip) static_cast<void>(slips.try_send(slip));
  while (auto photo = co_await photos.recv()) {
    co_await printer.print(std::move(*photo));
    static_cast<void>(slips.try_send(0));
  }
}

/// One evening: `count` photos, taken and printed. Both machines must outlive it.
template <class Photo, class Camera, class Printer>
Task<> evening(Camera& camera, Printer& printer, int count) {
  auto [sender, receiver] = kettle::mpsc::unbounded<Photo>();
  auto [slips_in, slips_out] = kettle::mpsc::unbounded<int>();
  auto taking =
      kettle::spawn("camera", photograph<Photo, Camera>(std::move(sender), std::move(slips_out), camera, count));
  co_await print(std::move(receiver), std::move(slips_in), printer);
  co_await taking;
}

}  // namespace mine
