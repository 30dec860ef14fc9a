//! The bench's work, written with Tokio: `tokio [--threads 2] ROW [SIZE [OPERATIONS]]`, `tokio serve echo|http`, or `tokio --rows`.
//! All of it runs in spawned tasks of one runtime: current-thread, or two workers.

mod growth;
mod meter;
mod rows;
mod server;

use meter::Meter;
use std::process::exit;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["--rows"] {
        rows::ROWS.iter().for_each(|row| println!("{}", row.name));
        println!("serve");
        return;
    }
    if arguments.len() == 2 && arguments[0] == "serve" {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let http = arguments[1] == "http";
        // Accepting is a task, too, as connections are.
        let served = runtime.block_on(async move { tokio::spawn(server::serve(http)).await.expect("no panic") });
        served.expect("a socket");
        return;
    }
    let two = arguments.len() > 1 && arguments[0] == "--threads" && arguments[1] == "2";
    if two {
        arguments.drain(..2);
    }
    let row = match arguments.first().and_then(|name| rows::ROWS.iter().find(|row| row.name == name)) {
        Some(row) => row,
        None => {
            eprintln!("usage: tokio --rows | [--threads 2] ROW [SIZE [OPERATIONS]]");
            exit(2)
        }
    };
    let size = arguments.get(1).map_or(row.size, |text| text.parse().expect("a size"));
    let runtime = if two {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
    } else {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    }
    .expect("a runtime");
    let mut meter = Meter::new(if two { "tokio-2" } else { "tokio" }, row.name, size);
    if let Some(text) = arguments.get(2) {
        meter.operations = text.parse().expect("how many operations");
    }
    let meter = runtime.block_on(async move {
        let work = async move {
            (row.run)(&mut meter, size).await;
            meter
        };
        tokio::spawn(work).await.expect("the work is done")
    });
    meter.print();
    exit(0); // What is still held need not be taken down one by one.
}
