#pragma once
// A queue that eats the machine
// fix · lesson 06 · ./learn test unbounded
//
// The restaurant photographs every dish, and a printer prints the photos. The camera is ready for the next photo after
// 10 ms, the printer takes 100 ms for one. On a quiet evening all is well. On the long evenings, the program was
// killed: out of memory.
//
//     camera --- 10 ms ---> [ photos ............................. ] --- 100 ms ---> printer
//
// Your task: find what is wrong and mend it, so that
//   1. there are never more than eight photos at a time, in whoever's hands, however slow the printer is;
//   2. every photo is printed, once, in the order in which they were taken;
//   3. every evening ends, the short and the long ones;
//   4. the printer never waits for the camera once it has begun: the camera goes on while the printer prints;
//   5. when the printer breaks (print throws), the camera stops soon, and the evening ends with that exception.
//
// The camera may be made to wait. Photos must not be thrown away.
// Given: everything here, and lesson 06. Do not use: sleep, or a guess about how fast anybody is.
//
//   camera.ready()        a future: ready when the camera is
//   camera.take()         a photo; it can be moved, not copied
//   printer.print(photo)  a future: ready when the photo is printed

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
Task<> photograph(Sender<Photo> photos, Camera& camera, int count) {
  for (int taken = 0; taken < count; ++taken) {
    co_await camera.ready();
    static_cast<void>(photos.try_send(camera.take()));
  }
}

/// Prints all there is.
template <class Photo, class Printer>
Task<> print(Receiver<Photo> photos, Printer& printer) {
  while (auto photo = co_await photos.recv()) co_await printer.print(std::move(*photo));
}

/// One evening: `count` photos, taken and printed. Both machines must outlive it.
template <class Photo, class Camera, class Printer>
Task<> evening(Camera& camera, Printer& printer, int count) {
  auto [sender, receiver] = kettle::mpsc::unbounded<Photo>();
  auto taking = kettle::spawn("camera", photograph<Photo, Camera>(std::move(sender), camera, count));
  co_await taking;
  co_await print(std::move(receiver), printer);
}

}  // namespace mine
