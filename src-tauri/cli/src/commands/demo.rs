//! `demo`: a PostgreSQL server of its own with made-up companies.

use serde::Serialize;
use snapback_demo::{
    App, CompanyStatus, Damage, Demo, DemoStatus, ServerOptions, ServerStatus, Spec,
};
use snapback_engine::{Code, Error};
use snapback_host as host;

use super::Ending;
use crate::args::{self, Making};
use crate::ask::Question;
use crate::context::Context;
use crate::demo;
use crate::failure::{Failure, Result, usage};
use crate::format::{Align, Table, count, number, size};
use crate::output;

pub(super) async fn run(context: &Context, command: &args::Demo) -> Result<Ending> {
    match command {
        args::Demo::Up(making) => up(context, *making).await,
        args::Demo::Down => down(context).await,
        args::Demo::Status => status(context).await,
        args::Demo::Damage(arguments) => damage(context, arguments).await,
        args::Demo::Reset(making) => reset(context, *making).await,
        args::Demo::Url(application) => url(context, application.app).await,
    }
}

#[derive(Serialize)]
struct Status {
    /// `absent`, `down` or `up`.
    server: &'static str,
    port: Option<u16>,
    database_bytes: Option<u64>,
    companies: Vec<Company>,
}

#[derive(Serialize)]
struct Company {
    app: &'static str,
    id: String,
    name: String,
    row_count: u64,
}

impl From<DemoStatus> for Status {
    fn from(status: DemoStatus) -> Self {
        let DemoStatus {
            server,
            companies,
            database_bytes,
        } = status;
        let (server, port) = match server {
            ServerStatus::Absent => ("absent", None),
            ServerStatus::Down => ("down", None),
            ServerStatus::Up { port } => ("up", Some(port)),
        };
        Self {
            server,
            port,
            database_bytes,
            companies: companies.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CompanyStatus> for Company {
    fn from(company: CompanyStatus) -> Self {
        let CompanyStatus {
            app,
            id,
            name,
            row_count,
        } = company;
        Self {
            app: app.name(),
            id,
            name,
            row_count,
        }
    }
}

async fn up(context: &Context, making: Making) -> Result<Ending> {
    let binaries = host::postgres()?;
    let folder = demo::folder()?;
    let options = ServerOptions::default();
    let app = making.application.app.unwrap_or(App::Carbon);
    if !context.global.json && demo::running(Some(app)).await?.is_none() {
        output::note("Starting the demo; making it takes some seconds the first time.");
    }
    Box::pin(Demo::up(
        &binaries,
        &folder,
        &options,
        app,
        spec(making.scale)?,
    ))
    .await?;
    status(context).await
}

fn spec(scale: f64) -> Result<Spec> {
    if !(scale > 0.0 && scale <= 1_000.0) {
        return Err(usage(
            "The scale is not between 0 and 1000.",
            "1 is about 40,000 rows of Carbon, or 13,000 of StockFlow.",
        ));
    }
    Ok(Spec {
        scale,
        ..Spec::default()
    })
}

async fn status(context: &Context) -> Result<Ending> {
    let status = Status::from(Demo::status(&demo::folder()?).await?);
    context.show(&status, || {
        let Some(port) = status.port else {
            return format!("The demo is {}.\n", status.server);
        };
        let bytes = status
            .database_bytes
            .map_or_else(String::new, |bytes| format!(" ({} on disk)", size(bytes)));
        let mut text = format!("The demo is up on 127.0.0.1:{port}{bytes}.\n");
        for app in App::ALL {
            let own = status.companies.iter();
            let own: Vec<&Company> = own.filter(|found| found.app == app.name()).collect();
            if own.len() < status.companies.len() && !own.is_empty() {
                text.push_str(&format!("{}:\n", app.title()));
            }
            let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
            for company in own {
                let rows = format!("{} rows", number(company.row_count));
                table.row([&company.id, &company.name, &rows]);
            }
            text.push_str(&table.lines());
        }
        text
    });
    Ok(Ending::Done)
}

#[derive(Serialize)]
struct Stopped {
    /// Whether it was running.
    was_up: bool,
}

async fn down(context: &Context) -> Result<Ending> {
    let was_up = Demo::down(&host::postgres()?, &demo::folder()?).await?;
    context.show(&Stopped { was_up }, || {
        if was_up {
            "The demo is down. Its data stays; `snapback demo up` starts it again.\n".to_owned()
        } else {
            "The demo was not up.\n".to_owned()
        }
    });
    Ok(Ending::Done)
}

async fn attached(app: Option<App>) -> Result<Demo> {
    let found = Demo::attach(&demo::folder()?, app).await?;
    found.ok_or_else(|| {
        let error = match app {
            None | Some(App::Carbon) => Error::new(Code::NoSuchDatabase, "The demo is not up.")
                .hint("`snapback demo up` starts it."),
            Some(app) => Error::new(
                Code::NoSuchDatabase,
                format!("The demo of {} is not up.", app.title()),
            )
            .hint(format!("`snapback demo up --app {app}` starts it.")),
        };
        Failure::from(error)
    })
}

#[derive(Serialize)]
struct Damaged {
    company: &'static str,
    damage: &'static str,
    what: &'static str,
    row_count: u64,
}

async fn damage(context: &Context, arguments: &args::Damage) -> Result<Ending> {
    let kind: Damage = arguments.kind.parse()?;
    let demo = attached(arguments.application.app).await?;
    let row_count = demo.damage(kind).await?;
    let (_, company) = demo.app().main_company();
    let damaged = Damaged {
        company,
        damage: kind.name(),
        what: kind.describe(),
        row_count,
    };
    context.show(&damaged, || {
        format!(
            "{}: {} ({})\n",
            damaged.company,
            damaged.what,
            count(row_count, "row touched", "rows touched")
        )
    });
    Ok(Ending::Done)
}

async fn reset(context: &Context, making: Making) -> Result<Ending> {
    let spec = spec(making.scale)?;
    let mut demo = attached(making.application.app).await?;
    context
        .confirm(Question::Plain(
            "Make the demo anew? What was changed in it goes.",
        ))
        .await?;
    Box::pin(demo.reset(spec)).await?;
    status(context).await
}

#[derive(Serialize)]
struct Url {
    url: String,
}

async fn url(context: &Context, app: Option<App>) -> Result<Ending> {
    let shown = Url {
        url: demo::entrance(&attached(app).await?).url(),
    };
    context.show(&shown, || format!("{}\n", shown.url));
    Ok(Ending::Done)
}
